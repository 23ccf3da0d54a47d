import { admitToLeader, admitToOwner, ClusterNode, checkGuard, type GuardOptions } from "@conclave/membership";
import type { Context, MiddlewareHandler } from "hono";
import { handOver } from "./hand-over.js";
import type { ClusterEnv } from "./membership.js";

/**
 * Lets requests in where this process leads, and holds the leadership until the handler has returned (a body that it streams
 * may outlast that). Others are redirected to the leader, passed on to it, or refused: see {@link GuardOptions}. To pass
 * bodies on it has to stand in front of what reads them.
 */
export function leaderOnly(options: GuardOptions = {}): MiddlewareHandler<ClusterEnv> {
  checkGuard(options);
  return (c, next) => handOver(c, next, (request) => admitToLeader(clusterOf(c), request, options));
}

/**
 * Lets requests in where this process owns the key, by what it sees at this moment; others go to who does: as
 * {@link leaderOnly}. A rule about where to ask, and no lock: see `Cluster.ownerOf`.
 */
export function ownedBy(
  key: (c: Context<ClusterEnv>) => string,
  options: GuardOptions = {},
): MiddlewareHandler<ClusterEnv> {
  checkGuard(options);
  return (c, next) => handOver(c, next, (request) => admitToOwner(clusterOf(c), key(c), request, options));
}

function clusterOf(c: Context<ClusterEnv>): ClusterNode {
  const { cluster } = c.var;
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need app.use(membership({ … })) in front of them");
}
