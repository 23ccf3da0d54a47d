import { admitToLeader, admitToOwner, ClusterNode, checkGuard, type GuardOptions } from "@conclave/membership";
import type { Context, Middleware } from "koa";
import { answerWith, nodeRequest } from "./answer-with.js";

/**
 * Lets requests in where this process leads, and holds the leadership until they are answered. Others are redirected to the
 * leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on it has to stand in front of what parses them.
 */
export function leaderOnly(options: GuardOptions = {}): Middleware {
  checkGuard(options);
  return async (ctx, next) => answerWith(ctx, await admitToLeader(clusterOf(ctx), nodeRequest(ctx), options), next);
}

/**
 * Lets requests in where this process owns the key, by what it sees at this moment; others go to who does: as
 * {@link leaderOnly}. A rule about where to ask, and no lock: see `Cluster.ownerOf`.
 */
export function ownedBy(key: (ctx: Context) => string, options: GuardOptions = {}): Middleware {
  checkGuard(options);
  return async (ctx, next) =>
    answerWith(ctx, await admitToOwner(clusterOf(ctx), key(ctx), nodeRequest(ctx), options), next);
}

function clusterOf({ cluster }: Context): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need app.use(membership({ … })) in front of them");
}
