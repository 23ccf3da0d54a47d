import type { Server } from "node:net";
import { attend, type Cluster, ClusterNode, type MembershipOptions, NodeRequest } from "@conclave/membership";
import type { Request, RequestHandler, Response } from "express";
import { handOver } from "./hand-over.js";

declare global {
  namespace Express {
    interface Request {
      /** This process' cluster, behind `membership()`. */
      cluster: Cluster;
    }
  }
}

/** The handler that makes an app a member: mount it with `app.use` in front of the routes that ask for `req.cluster`. */
export interface MembershipHandler extends RequestHandler {
  /** What requests see as `req.cluster`. */
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
 * Makes an Express app a member of its cluster: `req.cluster` for handlers, routes below `/cluster`, headers that name member
 * and leader. Throws a `TypeError` for options that are wrong; nothing is asked of the ensemble before `join`.
 */
export function membership(options: MembershipOptions): MembershipHandler {
  const cluster = new ClusterNode(options);
  const handler: RequestHandler = (request, response, next) => {
    request.cluster = cluster;
    const admission = attend(cluster, nodeRequest(request, response), request.path);
    handOver(Promise.resolve(admission), response, next);
  };
  return Object.assign(handler, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}

/** The request as the client sent it, whatever the routers between have cut off its URL. */
export function nodeRequest(request: Request, response: Response): NodeRequest {
  return new NodeRequest(request, response, request.originalUrl);
}
