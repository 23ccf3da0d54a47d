import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZooKeeper } from "@conclave/client";
import { consoleHandler } from "./console-handler.js";
import type { ConsoleOptions } from "./options.js";

/** The part of Koa's context that the middleware uses. */
export interface ConsoleContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond?: boolean;
  readonly request: { readonly body?: unknown };
}

/**
 * Returns the console as middleware of Koa: `app.use(consoleMiddleware(zk, { basePath: "/conclave" }))`. Throws a `TypeError` for
 * wrong options.
 */
export function consoleMiddleware(
  zk: ZooKeeper,
  options: ConsoleOptions,
): (context: ConsoleContext, next: () => Promise<unknown>) => Promise<void> {
  const handler = consoleHandler(zk, options);
  return async (context, next) => {
    let isOutside = false;
    context.respond = false;
    await handler(Object.assign(context.req, { body: context.request.body }), context.res, () => {
      isOutside = true;
    });
    if (!isOutside) return;
    context.respond = true;
    await next();
  };
}
