import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZooKeeper } from "@conclave/client";
import { consoleHandler } from "./console-handler.js";
import type { ConsoleOptions } from "./options.js";

/** The part of a Fastify app that the plugin uses. */
export interface ConsolePluginHost {
  readonly prefix: string;
  all(
    path: string,
    handler: (
      request: { readonly raw: IncomingMessage; readonly body: unknown },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
    ) => Promise<void>,
  ): unknown;
}

/** A plugin of Fastify. */
export type ConsolePlugin = (app: ConsolePluginHost) => Promise<void>;

/**
 * Returns the console as a plugin of Fastify: `app.register(consolePlugin(zk), { prefix: "/conclave" })`. The prefix of the app
 * is the `basePath`. Registering rejects with a `TypeError` for wrong options.
 */
export function consolePlugin(zk: ZooKeeper, options: Omit<ConsoleOptions, "basePath"> = {}): ConsolePlugin {
  return async (app) => {
    const handler = consoleHandler(zk, { ...options, basePath: app.prefix });
    for (const path of ["/", "/*"]) {
      app.all(path, async ({ raw, body }, reply) => {
        reply.hijack();
        await handler(Object.assign(raw, { body }), reply.raw);
      });
    }
  };
}
