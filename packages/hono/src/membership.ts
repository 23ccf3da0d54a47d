import type { Server } from "node:net";
import { attend, type Cluster, ClusterNode, type MembershipOptions } from "@conclave/membership";
import type { MiddlewareHandler } from "hono";
import { handOver } from "./hand-over.js";

/** What `membership()` adds to the context: `new Hono<ClusterEnv>()` has `c.var.cluster` typed. */
export interface ClusterEnv {
  Variables: {
    /** This process' cluster. */
    cluster: Cluster;
  };
}

/** The middleware that makes an app a member: `app.use` it in front of the routes that ask for `c.var.cluster`. */
export interface MembershipMiddleware extends MiddlewareHandler<ClusterEnv> {
  /** What requests see as `c.var.cluster`. */
  readonly cluster: ClusterNode;
  /**
   * Registers with the address on which the server listens, and waits until it does: `await cluster.join(serve(app))`; or with
   * a URL, where there is no server of Node.js. Rejects where no ensemble answers in time.
   */
  join(target: Server | { readonly url: string }): Promise<void>;
  /**
   * Goes in order: says that it drains, serves on for `drainDelayMs`, leaves, stops the server when what runs is answered, and
   * ends the session. Resolves then; idempotent.
   */
  drain(): Promise<void>;
}

/**
 * Makes a Hono app a member of its cluster: `c.var.cluster` for handlers, routes below `/cluster`, headers that name member and
 * leader. Throws a `TypeError` for options that are wrong; nothing is asked of the ensemble before `join`.
 */
export function membership(options: MembershipOptions): MembershipMiddleware {
  const cluster = new ClusterNode(options);
  const middleware: MiddlewareHandler<ClusterEnv> = (c, next) => {
    c.set("cluster", cluster);
    return handOver(c, next, async (request) => attend(cluster, request, c.req.path));
  };
  return Object.assign(middleware, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}
