import { attend, type Cluster, ClusterNode, type MembershipOptions } from "@conclave/membership";
import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import { answerWith, nodeRequest } from "./answer-with.js";

declare module "fastify" {
  interface FastifyInstance {
    /** This process' cluster, behind the plugin `membership`. */
    readonly cluster: Cluster;
    /**
     * Goes in order: says that it drains, serves on for `drainDelayMs`, leaves, then closes the app. (`close()` alone does the
     * same, but Fastify answers 503 from its beginning, unless its option `return503OnClosing` is false.)
     */
    drain(): Promise<void>;
  }
  interface FastifyRequest {
    /** This process' cluster, behind the plugin `membership`. */
    readonly cluster: Cluster;
  }
}

/**
 * The plugin that makes an app a member of its cluster: `request.cluster` for handlers, routes below `/cluster`, headers that
 * name member and leader. It connects when the app is made ready (which fails where no ensemble answers in time), registers
 * when it listens, and leaves before it is closed: `await app.drain()`.
 */
export const membership = fp(plugin, { name: "@conclave/fastify", fastify: "5.x" });

async function plugin(app: FastifyInstance, options: MembershipOptions): Promise<void> {
  const cluster = new ClusterNode(options);
  app.decorate("cluster", cluster);
  app.decorate("drain", async () => {
    await cluster.withdraw();
    await app.close();
  });
  app.decorateRequest("cluster", { getter: () => cluster });
  app.addHook("onRequest", async (request, reply) => {
    const [path = ""] = request.url.split("?");
    return answerWith(reply, attend(cluster, nodeRequest(request, reply), path));
  });
  app.addHook("onReady", () => cluster.open());
  app.addHook("onListen", () => cluster.join(app.server));
  app.addHook("preClose", () => cluster.withdraw());
  app.addHook("onClose", () => cluster.drain());
}
