import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:net";
import {
  type Admission,
  admitToLeader,
  admitToOwner,
  attend,
  type Cluster,
  ClusterNode,
  type ClusterRequest,
  checkGuard,
  FetchRequest,
  type GuardOptions,
  type MembershipOptions,
  NodeRequest,
} from "@conclave/membership";
import type { Context, MiddlewareHandler, Next } from "hono";

/** Environment of an app behind `membership()`: `new Hono<ClusterEnv>()` has `c.var.cluster` typed. */
export interface ClusterEnv {
  Variables: {
    /** The cluster of this process. */
    cluster: Cluster;
  };
}

/** The middleware that makes an app a member. Mount it with `app.use`, before the routes that read `c.var.cluster`. */
export interface MembershipMiddleware extends MiddlewareHandler<ClusterEnv> {
  /** The value of `c.var.cluster`. */
  readonly cluster: ClusterNode;
  /**
   * Registers the address on which the server listens, and waits until it does: `await cluster.join(serve(app))`; or a URL, where
   * there is no server of Node.js. Resolves when the process is a member. Rejects if no ensemble answers in time.
   */
  join(target: Server | { readonly url: string }): Promise<void>;
  /**
   * Leaves in order: reports that it drains, serves for another `drainDelayMs`, leaves the group, closes the server when running
   * requests are answered, and ends the session. Resolves then. Idempotent.
   */
  drain(): Promise<void>;
}

/**
 * Makes a Hono app a member of its cluster: `c.var.cluster` for handlers, routes below `/cluster`, response headers that name the
 * member and the leader. Throws a `TypeError` for wrong options. Connects in `join`.
 */
export function membership(options: MembershipOptions): MembershipMiddleware {
  const cluster = new ClusterNode(options);
  const middleware: MiddlewareHandler<ClusterEnv> = (c, next) => {
    c.set("cluster", cluster);
    return respond(c, next, async (request) => attend(cluster, request, c.req.path));
  };
  return Object.assign(middleware, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}

/**
 * Lets requests in while this process leads, and keeps the leadership until they are answered (on other runtimes than Node.js:
 * until the handler has returned). Other requests are redirected to the leader, passed on to it, or refused: see
 * {@link GuardOptions}. To pass bodies on, mount it before middleware that reads them.
 */
export function leaderOnly(options: GuardOptions = {}): MiddlewareHandler<ClusterEnv> {
  checkGuard(options);
  return (c, next) => respond(c, next, (request) => admitToLeader(clusterOf(c), request, options));
}

/**
 * Lets requests in while this process owns the key by its view; other requests are sent to the owner, as by {@link leaderOnly}.
 * Two processes may own a key while a change travels: it is no lock. See `Cluster.ownerOf`.
 */
export function ownedBy(
  key: (c: Context<ClusterEnv>) => string,
  options: GuardOptions = {},
): MiddlewareHandler<ClusterEnv> {
  checkGuard(options);
  return (c, next) => respond(c, next, (request) => admitToOwner(clusterOf(c), key(c), request, options));
}

function clusterOf(c: Context<ClusterEnv>): ClusterNode {
  const { cluster } = c.var;
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need membership(): call app.use(membership({ … })) before the route");
}

/** Environment that `@hono/node-server` sets; other runtimes set others. */
interface NodeBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

/** Returns the request of Node.js, where there is one: a Fetch request has no body for GET and HEAD, and no peer. */
function requestOf(c: Context, handled: Promise<void>): ClusterRequest {
  const { incoming, outgoing } = (c.env ?? {}) as NodeBindings;
  const isNode = incoming?.rawHeaders !== undefined && outgoing?.writeHead !== undefined;
  return isNode ? new NodeRequest(incoming, outgoing, incoming.url ?? "/") : new FetchRequest(c.req.raw, handled);
}

/** Sends the answer, or calls the next middleware if there is none. */
async function respond(c: Context, next: Next, admit: (request: ClusterRequest) => Promise<Admission>): Promise<void> {
  let end = (): void => {};
  const handled = new Promise<void>((resolve) => {
    end = resolve;
  });
  try {
    const { headers, answer } = await admit(requestOf(c, handled));
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (answer === undefined) return await next();
    // Hono copies headers that were set before over those of the answer: keep only the ones that the answer lacks.
    for (const name of answer.headers.keys()) c.res.headers.delete(name);
    c.res = answer;
  } finally {
    end();
  }
}
