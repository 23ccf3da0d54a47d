import { admitToLeader, admitToOwner, ClusterNode, checkGuard, type GuardOptions } from "@conclave/membership";
import type { Request, RequestHandler } from "express";
import { handOver } from "./hand-over.js";
import { nodeRequest } from "./membership.js";

/**
 * Lets requests in where this process leads, and holds the leadership until they are answered. Others are redirected to the
 * leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on it has to stand in front of what parses them.
 */
export function leaderOnly(options: GuardOptions = {}): RequestHandler {
  checkGuard(options);
  return (request, response, next) =>
    handOver(admitToLeader(clusterOf(request), nodeRequest(request, response), options), response, next);
}

/**
 * Lets requests in where this process owns the key, by what it sees at this moment; others go to who does: as
 * {@link leaderOnly}. A rule about where to ask, and no lock: see `Cluster.ownerOf`.
 */
export function ownedBy(key: (request: Request) => string, options: GuardOptions = {}): RequestHandler {
  checkGuard(options);
  return (request, response, next) =>
    handOver(admitToOwner(clusterOf(request), key(request), nodeRequest(request, response), options), response, next);
}

function clusterOf({ cluster }: Request): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need app.use(membership({ … })) in front of them");
}
