import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectResponse } from "@conclave/protocol";
import { backoffDelayMs, type Clock, type Logger, type Random, type Timer } from "@conclave/runtime";
import type { ConnectionError } from "../api/connection-error.js";
import type { SaslMechanism } from "../api/sasl-mechanism.js";
import type { LossCode } from "../requests/pending.js";
import { attemptTimeouts } from "./attempt-timeouts.js";
import { Connection } from "./connection.js";
import type { ReplyListener } from "./connection-options.js";
import type { HostRing } from "./host-ring.js";
import { formatServer } from "./server-address.js";
import { judgeHandshake, type SessionIdentity } from "./session-identity.js";

/** Receives the events of the dialer. */
export interface DialerOwner {
  /** Returns the session to resume and the last zxid that it has seen. Called for each attempt. */
  credentials(): { readonly identity: SessionIdentity; readonly lastZxidSeen: bigint };
  /** A server resumed or created the session. */
  attached(connection: Connection, response: ConnectResponse, sentAtMs: number): void;
  /** A server reported that the session has expired. */
  refused(): void;
  /** An attempt failed. `isRound` is true when as many attempts in a row have failed as there are servers. */
  failed(error: ConnectionError, isRound: boolean): void;
  /** The connection that was `attached` has ended. */
  lost(error: ConnectionError): void;
}

export interface DialerOptions {
  readonly hosts: HostRing;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  readonly batchReads: boolean | "auto";
  readonly tls: TlsOptions | undefined;
  readonly sasl: SaslMechanism | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Passed to each connection. */
  readonly replies: ReplyListener;
}

/**
 * A connection that lasted for less counts as a failure, so that the client backs off from a server that accepts and
 * drops it.
 */
const STABLE_AFTER_MS = 1_000;

/**
 * Finds a connection for the session: tries one server after the other until one answers the handshake, and pauses
 * after each round of failures. Holds at most one connection at a time.
 */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #owner: DialerOwner;
  #connection: Connection | undefined;
  /** Time at which the session attached to the connection; `undefined` during an attempt. */
  #attachedAtMs: number | undefined;
  #pause: Timer | undefined;
  #isIdle = true;
  #failures = 0;
  /** Number of successive connections that lasted for less than {@link STABLE_AFTER_MS}. */
  #drops = 0;
  #lastError: ConnectionError | undefined;
  /** Setting of `batchReads`, or false after a server has refused joined reads. */
  #batchReads: boolean | "auto";
  /** Messages of failed attempts that were logged as warnings. */
  readonly #reported = new Set<string>();

  constructor(options: DialerOptions, owner: DialerOwner) {
    this.#options = options;
    this.#batchReads = options.batchReads;
    this.#owner = owner;
  }

  /** Error of the last failed attempt, or of the last connection that ended. */
  get lastError(): ConnectionError | undefined {
    return this.#lastError;
  }

  /** Step of dialing that is not finished, as text for messages. */
  get waitsFor(): string {
    const { servers } = this.#options.hosts;
    return this.#connection?.waitsFor ?? `the next attempt (servers: ${servers.map(formatServer).join(", ")})`;
  }

  /** Returns the send time of the newest unanswered request, a handshake included; `-Infinity` for none. */
  get newestUnansweredMs(): number {
    return this.#connection?.newestUnansweredMs ?? -Infinity;
  }

  /** Tries servers until one accepts the session, or until {@link hangUp}. */
  dial(): void {
    this.#isIdle = false;
    const pauseMs = this.#pauseMs();
    if (pauseMs === 0) {
      this.#attempt();
      return;
    }
    this.#pause = this.#options.clock.setTimer(pauseMs, () => {
      this.#pause = undefined;
      this.#attempt();
    });
  }

  /** Forgets the failures so far, because the list of servers has changed. */
  startOver(): void {
    this.#failures = 0;
    this.#drops = 0;
  }

  /** Stops dialing and ends the connection, if there is one: its unanswered operations fail with `code`. */
  hangUp(code: LossCode): void {
    this.#isIdle = true;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#releaseConnection()?.end("ended", "ended by the client", code);
  }

  #pauseMs(): number {
    const { hosts, backoff, random } = this.#options;
    const rounds = Math.floor(this.#failures / hosts.size);
    if (rounds === 0 || this.#failures % hosts.size !== 0) return 0;
    const { id, timeoutMs } = this.#owner.credentials().identity;
    const maxMs = id === 0n ? backoff.maxMs : Math.min(backoff.maxMs, timeoutMs / 10);
    return backoffDelayMs({ initialMs: backoff.initialMs, maxMs }, rounds, random);
  }

  #attempt(): void {
    const { hosts, clock, random, maxRequestBytes, maxReplyBytes, tls, sasl, replies } = this.#options;
    const { identity, lastZxidSeen } = this.#owner.credentials();
    const connection: Connection = new Connection({
      server: hosts.next(),
      handshake: {
        protocolVersion: 0,
        lastZxidSeen,
        timeoutMs: identity.timeoutMs,
        sessionId: identity.id,
        password: identity.password,
        readOnly: false,
      },
      ...attemptTimeouts(identity.timeoutMs, hosts.size, identity.id === 0n),
      maxRequestBytes,
      maxReplyBytes,
      batchReads: this.#batchReads,
      onBatchRefused: () => {
        this.#batchReads = false;
      },
      tls,
      sasl,
      clock,
      random,
      listener: {
        attached: (response, sentAtMs) => this.#onHandshake(connection, identity, response, sentAtMs),
        ended: (error) => this.#ended(connection, error),
      },
      replies,
    });
    this.#connection = connection;
  }

  #onHandshake(connection: Connection, requested: SessionIdentity, response: ConnectResponse, sentAtMs: number): void {
    switch (judgeHandshake(requested, response)) {
      case "attached":
        if (this.#options.clock.now() - sentAtMs >= response.timeoutMs) {
          connection.end(
            "timeout",
            `the answer to the handshake was read after the session timeout (${response.timeoutMs} ms)`,
          );
          break;
        }
        this.#options.hosts.settle();
        this.#reported.clear();
        this.#attachedAtMs = this.#options.clock.now();
        this.#owner.attached(connection, response, sentAtMs);
        break;
      case "expired":
        this.#failures = 0;
        this.#releaseConnection();
        connection.end("ended", "the session has expired");
        this.#owner.refused();
        break;
      case "readOnly":
        connection.end("malformed", "the server is read-only, although the handshake did not accept that");
        break;
      case "invalid":
        connection.end("malformed", "the server answered the handshake without a session");
        break;
    }
  }

  #ended(connection: Connection, error: ConnectionError): void {
    // The client ended that connection itself.
    if (connection !== this.#connection) return;
    const attachedAtMs = this.#attachedAtMs;
    this.#releaseConnection();
    this.#lastError = error;
    if (attachedAtMs === undefined) {
      this.#failures += 1;
      this.#report(error);
      this.#owner.failed(error, this.#failures % this.#options.hosts.size === 0);
      // The callback may have stopped and restarted dialing.
      if (this.#connection === undefined && this.#pause === undefined && !this.#isIdle) this.dial();
      return;
    }
    const wasStable = this.#options.clock.now() - attachedAtMs >= STABLE_AFTER_MS;
    this.#drops = wasStable ? 0 : this.#drops + 1;
    // An expiry resets the failures, so that the client asks for a new session at once; the drops still count.
    this.#failures = wasStable ? 0 : Math.max(this.#failures + 1, this.#drops);
    this.#owner.lost(error);
  }

  /**
   * Logs each message as a warning once, until a server accepts the session: a wrong setting is visible, and an outage
   * does not flood the log.
   */
  #report(error: ConnectionError): void {
    const level = this.#reported.has(error.message) ? "debug" : "warn";
    this.#reported.add(error.message);
    this.#options.logger[level]("zookeeper: attempt to connect failed", { error });
  }

  #releaseConnection(): Connection | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#attachedAtMs = undefined;
    return connection;
  }
}
