import { admitToLeader, admitToOwner, ClusterNode, checkGuard, type GuardOptions } from "@conclave/membership";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerWith, nodeRequest } from "./answer-with.js";

/** A hook of a route: `app.get("/report", { onRequest: leaderOnly() }, …)`. */
export type GuardHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/**
 * Lets requests in where this process leads, and holds the leadership until they are answered. Others are redirected to the
 * leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on it
 * has to be an `onRequest` hook: Fastify reads them right after those.
 */
export function leaderOnly(options: GuardOptions = {}): GuardHook {
  checkGuard(options);
  return async (request, reply) =>
    answerWith(reply, await admitToLeader(clusterOf(request), nodeRequest(request, reply), options));
}

/**
 * Lets requests in where this process owns the key, by what it sees at this moment; others go to who does: as
 * {@link leaderOnly}. A rule about where to ask, and no lock: see `Cluster.ownerOf`.
 */
export function ownedBy(key: (request: FastifyRequest) => string, options: GuardOptions = {}): GuardHook {
  checkGuard(options);
  return async (request, reply) =>
    answerWith(reply, await admitToOwner(clusterOf(request), key(request), nodeRequest(request, reply), options));
}

function clusterOf({ cluster }: FastifyRequest): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need app.register(membership, { … }) in front of them");
}
