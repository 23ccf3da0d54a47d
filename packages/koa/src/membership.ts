import type { Server } from "node:net";
import { attend, type Cluster, ClusterNode, type MembershipOptions } from "@conclave/membership";
import type { Middleware } from "koa";
import { answerWith, nodeRequest } from "./answer-with.js";

declare module "koa" {
  interface ExtendableContext {
    /** This process' cluster, behind `membership()`. */
    cluster: Cluster;
  }
}

/** The middleware that makes an app a member: `app.use` it in front of the routes that ask for `ctx.cluster`. */
export interface MembershipMiddleware extends Middleware {
  /** What requests see as `ctx.cluster`. */
  readonly cluster: ClusterNode;
  /**
   * Registers with the address on which the server listens, and waits until it does: `await cluster.join(app.listen(3000))`.
   * Rejects where no ensemble answers in time.
   */
  join(target: Server | { readonly url: string }): Promise<void>;
  /**
   * Goes in order: says that it drains, serves on for `drainDelayMs`, leaves, stops the server when what runs is answered, and
   * ends the session. Resolves then; idempotent.
   */
  drain(): Promise<void>;
}

/**
 * Makes a Koa app a member of its cluster: `ctx.cluster` for handlers, routes below `/cluster`, headers that name member and
 * leader. Throws a `TypeError` for options that are wrong; nothing is asked of the ensemble before `join`.
 */
export function membership(options: MembershipOptions): MembershipMiddleware {
  const cluster = new ClusterNode(options);
  const middleware: Middleware = async (ctx, next) => {
    ctx.cluster = cluster;
    await answerWith(ctx, attend(cluster, nodeRequest(ctx), ctx.path), next);
  };
  return Object.assign(middleware, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}
