import {
  type Admission,
  admitToLeader,
  admitToOwner,
  attend,
  bodyOf,
  type Cluster,
  ClusterNode,
  checkGuard,
  type GuardOptions,
  headersOf,
  type MembershipOptions,
  NodeRequest,
} from "@conclave/membership";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";

declare module "fastify" {
  interface FastifyInstance {
    /** The cluster of this process, set by the plugin `membership`. */
    readonly cluster: Cluster;
    /**
     * Leaves in order: reports that it drains, serves for another `drainDelayMs`, leaves the group, and closes the app. Resolves
     * then. (`close()` alone does the same, but Fastify answers 503 from its beginning, unless `return503OnClosing` is false.)
     */
    drain(): Promise<void>;
  }
  interface FastifyRequest {
    /** The cluster of this process, set by the plugin `membership`. */
    readonly cluster: Cluster;
  }
}

/**
 * Makes an app a member of its cluster: `request.cluster` for handlers, routes below `/cluster`, response headers that name the
 * member and the leader. It connects when the app is made ready, which fails if no ensemble answers in time; registers when the
 * app listens; and leaves before it is closed: `await app.drain()`.
 */
export const membership = fp(plugin, { name: "@conclave/fastify", fastify: "5.x" });

/** A hook of a route: `app.get("/report", { onRequest: leaderOnly() }, …)`. */
export type GuardHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/**
 * Lets requests in while this process leads, and keeps the leadership until they are answered. Other requests are redirected
 * to the leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on, it has to be an `onRequest` hook:
 * Fastify reads the body right after those.
 */
export function leaderOnly(options: GuardOptions = {}): GuardHook {
  checkGuard(options);
  return async (request, reply) =>
    respond(reply, await admitToLeader(clusterOf(request), nodeRequest(request, reply), options));
}

/**
 * Lets requests in while this process owns the key by its view; other requests are sent to the owner, as by {@link leaderOnly}.
 * Two processes may own a key while a change travels: it is no lock. See `Cluster.ownerOf`.
 */
export function ownedBy(key: (request: FastifyRequest) => string, options: GuardOptions = {}): GuardHook {
  checkGuard(options);
  return async (request, reply) =>
    respond(reply, await admitToOwner(clusterOf(request), key(request), nodeRequest(request, reply), options));
}

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
    return respond(reply, attend(cluster, nodeRequest(request, reply), path));
  });
  app.addHook("onReady", () => cluster.open());
  app.addHook("onListen", () => cluster.join(app.server));
  app.addHook("preClose", () => cluster.withdraw());
  app.addHook("onClose", () => cluster.drain());
}

function clusterOf({ cluster }: FastifyRequest): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need the plugin: call app.register(membership, { … }) before the route");
}

/** The request with its original URL: `rewriteUrl` may have changed `request.url`. */
function nodeRequest(request: FastifyRequest, reply: FastifyReply): NodeRequest {
  return new NodeRequest(request.raw, reply.raw, request.originalUrl);
}

/** Sends the answer from a hook; without one, Fastify calls the route. */
async function respond(reply: FastifyReply, { headers, answer }: Admission): Promise<FastifyReply | undefined> {
  reply.headers(headers);
  if (answer === undefined) return undefined;
  return reply.code(answer.status).headers(headersOf(answer)).send(bodyOf(answer));
}
