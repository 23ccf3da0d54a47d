import type { Server } from "node:http";
import type { Cluster, MembershipOptions } from "@conclave/membership";

/** An app under test, which listens. */
export interface ContractApp {
  /** URL on which it listens: `http://127.0.0.1:port`. */
  readonly url: string;
  /** Its HTTP server: tests record the requests that arrive there. */
  readonly server: Server;
  /** The adapter's own drain. */
  drain(): Promise<void>;
}

/** JSON response of the guarded routes under test. */
export interface EchoAnswer {
  /** The id of the member that answered: `cluster.self?.id`. */
  readonly by: string | undefined;
  /** Method of the request. */
  readonly method: string;
  /** Path and query of the request, as the framework has them. */
  readonly url: string;
  /** The body, as text. */
  readonly body: string;
}

/** JSON response of `GET /view`. */
export interface View {
  readonly self: string | null;
  readonly leader: string | null;
  readonly members: readonly string[];
  /** Owner of the key `k`. */
  readonly owner: string | null;
  readonly version: string;
  /** Fencing token of the process' own leadership. */
  readonly token: string | null;
}

/**
 * Starts an app on 127.0.0.1, port 0, that has joined, with `membership(options)` in front and these routes:
 *
 * - `GET /view`: {@link viewOfCluster} of the request's cluster, as JSON.
 * - `/leader/redirect`, `/leader/proxy`, `/leader/refuse`, for GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS:
 *   `leaderOnly({ otherwise })`, then an {@link EchoAnswer}.
 * - `/keys/:key/redirect`, `/keys/:key/proxy`, `/keys/:key/refuse`, likewise: `ownedBy` of the parameter `key`.
 * - `GET /leader/slow`: `leaderOnly({ otherwise: "refuse" })`; responds with an {@link EchoAnswer} after `GET /release`.
 * - `GET /running`: JSON, the number of requests to `/leader/slow` that wait for it.
 * - `GET /leader/error`: `leaderOnly()`; then throws an `Error`, for which the framework responds with 500.
 * - `GET /leader/cookies`: `leaderOnly({ otherwise: "proxy" })`; responds with 201, two `set-cookie` headers, `a=1` and `b=2`,
 *   and the body `ü` as `text/plain; charset=utf-8`.
 * - `GET /leader/bare`: `leaderOnly({ otherwise: "proxy" })`; responds with 200, the body `bare` and no `content-type`.
 *
 * With `isCompressed`, the compression middleware that users of the framework know is in front of `membership` (and of a route
 * `GET /long` with a text of 100,000 characters).
 */
export type StartContractApp = (options: MembershipOptions, isCompressed: boolean) => Promise<ContractApp>;

/** Returns the response of `GET /view`. */
export function viewOfCluster(cluster: Cluster): View {
  const { self, leader, members, version, leadership } = cluster;
  return {
    self: self?.id ?? null,
    leader: leader?.id ?? null,
    members: members.map(({ id }) => id),
    owner: cluster.ownerOf("k")?.id ?? null,
    version,
    token: leadership?.fencingToken.toString() ?? null,
  };
}
