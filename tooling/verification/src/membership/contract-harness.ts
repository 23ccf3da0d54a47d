import type { Server } from "node:http";
import type { MembershipOptions } from "@conclave/membership";

/** An app under test, which listens. */
export interface ContractApp {
  /** URL on which it listens: `http://127.0.0.1:port`. */
  readonly url: string;
  /** Its HTTP server: tests record what arrives there. */
  readonly server: Server;
  /** The adapter's own drain. */
  drain(): Promise<void>;
}

/** Proxy between a member and the ensemble; `startFaultProxy` of @conclave/testing makes one. */
export interface ContractProxy {
  readonly connectString: string;
  cut(): void;
  refuse(): void;
  accept(): void;
  delay(delayMs: number): void;
  close(): Promise<void>;
}

/** JSON that the routes under test answer with. */
export interface EchoAnswer {
  /** The id of the member that answered: `cluster.self?.id`. */
  readonly by: string | undefined;
  /** Method of the request, and its path and query as the framework has them. */
  readonly method: string;
  readonly url: string;
  /** The body, as text. */
  readonly body: string;
}

/** Parts that an adapter's test gives to the contract. */
export interface ContractHarness {
  /** The servers of the ensemble, in hooks and tests. They must grant session timeouts of 2 seconds. */
  connectString(): string;
  /** A path that does not exist yet. */
  readonly root: string;
  startProxy(target: string): Promise<ContractProxy>;
  /**
   * Starts an app on 127.0.0.1, port 0, that has joined, with `membership(options)` in front and these routes:
   *
   * - `GET /view`: `tellView` of the request's cluster, as JSON.
   * - `/leader/redirect`, `/leader/proxy`, `/leader/refuse`, for GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS:
   *   `leaderOnly({ otherwise })`, then an {@link EchoAnswer}.
   * - `/keys/:key/redirect`, `/keys/:key/proxy`, `/keys/:key/refuse`, likewise: `ownedBy` of the parameter `key`.
   * - `GET /leader/slow`: `leaderOnly({ otherwise: "refuse" })`; answers with an {@link EchoAnswer} when `GET /release` was asked.
   * - `GET /running`: JSON, how many requests to `/leader/slow` are inside.
   * - `GET /leader/error`: `leaderOnly()`; then throws an `Error`, which the framework answers with a 500.
   * - `GET /leader/cookies`: `leaderOnly({ otherwise: "proxy" })`; answers 201 with two `set-cookie` headers, `a=1` and `b=2`,
   *   and the body `ü` as `text/plain; charset=utf-8`.
   * - `GET /leader/bare`: `leaderOnly({ otherwise: "proxy" })`; answers 200 with the body `bare` and no `content-type`.
   */
  start(options: MembershipOptions): Promise<ContractApp>;
}
