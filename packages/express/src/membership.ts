import type { Server } from "node:net";
import {
  type Admission,
  admitToLeader,
  admitToOwner,
  attend,
  type Cluster,
  ClusterNode,
  checkGuard,
  type GuardOptions,
  type MembershipOptions,
  NodeRequest,
  writeResponse,
} from "@conclave/membership";
import type { NextFunction, Request, RequestHandler, Response } from "express";

declare global {
  namespace Express {
    interface Request {
      /** The cluster of this process, set by `membership()`. */
      cluster: Cluster;
    }
  }
}

/** The handler that makes an app a member. Mount it with `app.use`, before the routes that read `req.cluster`. */
export interface MembershipHandler extends RequestHandler {
  /** The value of `req.cluster`. */
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
 * Makes an Express app a member of its cluster: `req.cluster` for handlers, routes below `/cluster`, response headers that name
 * the member and the leader. Throws a `TypeError` for wrong options. Connects in `join`.
 */
export function membership(options: MembershipOptions): MembershipHandler {
  const cluster = new ClusterNode(options);
  const handler: RequestHandler = (request, response, next) => {
    request.cluster = cluster;
    const admission = attend(cluster, nodeRequest(request, response), request.path);
    respond(Promise.resolve(admission), response, next);
  };
  return Object.assign(handler, {
    cluster,
    join: (target: Server | { readonly url: string }) => cluster.join(target),
    drain: () => cluster.drain(),
  });
}

/**
 * Lets requests in while this process leads, and keeps the leadership until they are answered. Other requests are redirected
 * to the leader, passed on to it, or refused: see {@link GuardOptions}. To pass bodies on, mount it before body parsers.
 */
export function leaderOnly(options: GuardOptions = {}): RequestHandler {
  checkGuard(options);
  return (request, response, next) =>
    respond(admitToLeader(clusterOf(request), nodeRequest(request, response), options), response, next);
}

/**
 * Lets requests in while this process owns the key by its view; other requests are sent to the owner, as by {@link leaderOnly}.
 * Two processes may own a key while a change travels: it is no lock. See `Cluster.ownerOf`.
 */
export function ownedBy(key: (request: Request) => string, options: GuardOptions = {}): RequestHandler {
  checkGuard(options);
  return (request, response, next) =>
    respond(admitToOwner(clusterOf(request), key(request), nodeRequest(request, response), options), response, next);
}

function clusterOf({ cluster }: Request): ClusterNode {
  if (cluster instanceof ClusterNode) return cluster;
  throw new Error("leaderOnly() and ownedBy() need membership(): call app.use(membership({ … })) before the route");
}

/** The request with its original URL: routers remove their mount path from `request.url`. */
function nodeRequest(request: Request, response: Response): NodeRequest {
  return new NodeRequest(request, response, request.originalUrl);
}

/** Sends the answer, or calls the next handler if there is none. Errors are passed to the error handler of the app. */
function respond(admission: Promise<Admission>, response: Response, next: NextFunction): void {
  const send = async ({ headers, answer }: Admission): Promise<void> => {
    response.set(headers);
    if (answer === undefined) next();
    else await writeResponse(response, answer);
  };
  admission.then(send).catch(next);
}
