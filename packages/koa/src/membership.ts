import type { Server } from "node:net";
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
import type { Context, Middleware, Next } from "koa";

declare module "koa" {
  interface ExtendableContext {
    /** The cluster of this process, set by `membership()`. */
    cluster: Cluster;
  }
}

/** The middleware that makes an app a member. Mount it with `app.use`, before the routes that read `ctx.cluster`. */
export interface MembershipMiddleware extends Middleware {
  /** The value of `ctx.cluster`. */
  readonly cluster: ClusterNode;
  /**
   * Registers the address on which the server listens, and waits until it does: `await cluster.join(app.listen(3000))`. Resolves
   * when the process is a member. Rejects if no ensemble answers in time.
   */
  join(target: Server | { readonly url: string }): Promise<void>;
  /**
   * Leaves in order: reports that it drains, serves for another `drainDelayMs`, leaves the group, closes the server when running
   * requests are answered, and ends the session. Resolves then. Idempotent.
   */
  drain(): Promise<void>;
}

/**
 * Makes a Koa app a member of its cluster: `ctx.cluster` for handlers, routes below `/cluster`, response headers that name the
 * member and the leader. Throws a `TypeError` for wrong options. Connects in `join`.
 */
export function membership(options: MembershipOptions): MembershipMiddleware {
  const cluster = new ClusterNode(options);
  const middleware: Middleware = async (ctx, next) => {
    ctx.cluster = cluster;
    await respond(ctx, attend(cluster, nodeRequest(ctx), ctx.path), next);
  };
  return Object.assign(middleware, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}

/**
 * Lets requests in while this process leads, and keeps the leadership until they are answered. Other requests are redirected
 * to the leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on, mount it before body parsers.
 */
export function leaderOnly(options: GuardOptions = {}): Middleware {
  checkGuard(options);
  return async (ctx, next) => respond(ctx, await admitToLeader(clusterOf(ctx), nodeRequest(ctx), options), next);
}

/**
 * Lets requests in while this process owns the key by its view; other requests are sent to the owner, as by {@link leaderOnly}.
 * Two processes may own a key while a change travels: it is no lock. See `Cluster.ownerOf`.
 */
export function ownedBy(key: (ctx: Context) => string, options: GuardOptions = {}): Middleware {
  checkGuard(options);
  return async (ctx, next) =>
    respond(ctx, await admitToOwner(clusterOf(ctx), key(ctx), nodeRequest(ctx), options), next);
}

function clusterOf({ cluster }: Context): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need membership(): call app.use(membership({ … })) before the route");
}

/** The request with its original URL: middleware that mounts apps changes `ctx.url`. */
function nodeRequest(ctx: Context): NodeRequest {
  return new NodeRequest(ctx.req, ctx.res, ctx.originalUrl);
}

/** Sends the answer, or calls the next middleware if there is none. */
async function respond(ctx: Context, { headers, answer }: Admission, next: Next): Promise<void> {
  ctx.set(headers as Record<string, string>);
  if (answer === undefined) return next();
  ctx.body = bodyOf(answer) ?? null;
  // Koa chooses a status and a content type when the body is set: these come after it.
  ctx.status = answer.status;
  ctx.remove("content-type");
  ctx.set(headersOf(answer) as Record<string, string | string[]>);
}
