import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectResponse, WatcherEvent } from "@conclave/protocol";
import type { Clock, Logger, Random, Timer } from "@conclave/runtime";
import type { LossCode } from "../operations/pending.js";
import type { SaslMechanism } from "../options/sasl-mechanism.js";
import { judgeHandshake, type SessionIdentity } from "../session/session-identity.js";
import { attemptTimeouts } from "./attempt-timeouts.js";
import { backoffDelayMs } from "./backoff.js";
import { Connection } from "./connection.js";
import type { ConnectionError } from "./connection-error.js";
import type { HostRing } from "./host-ring.js";

/** Whom the dialer serves. */
export interface DialerOwner {
  /** The session to show, and the last transaction that it has seen. Asked for each attempt. */
  credentials(): { readonly identity: SessionIdentity; readonly lastZxidSeen: bigint };
  /** A server took the session, or made it. */
  attached(connection: Connection, response: ConnectResponse, sentAtMs: number): void;
  /** A server said that the session has expired. */
  refused(): void;
  /** An attempt failed; `isRound` after as many in a row as there are servers. */
  failed(error: ConnectionError, isRound: boolean): void;
  /** The connection that was `attached` is over. */
  lost(error: ConnectionError): void;
  notified(event: WatcherEvent): void;
  answered(sentAtMs: number, zxidHigh: number, zxidLow: number): void;
  /** See `ConnectionListener`. */
  isOverdue(answeredAtMs?: number): boolean;
  /** See `ConnectionListener`. */
  compareClock(): void;
}

export interface DialerOptions {
  readonly hosts: HostRing;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  readonly batchReads: boolean;
  readonly tls: TlsOptions | undefined;
  readonly sasl: SaslMechanism | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A connection that held for less is a failure too, so that a server which takes and drops us is not hammered. */
const HELD_MS = 1_000;

/**
 * Gets the session a connection: one server after the other, until one answers the handshake; after each round of
 * failures a pause. Holds at most one connection at a time.
 */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #owner: DialerOwner;
  #connection: Connection | undefined;
  /** When the session went on with the connection; `undefined` while it is an attempt. */
  #attachedAtMs: number | undefined;
  #pause: Timer | undefined;
  #isIdle = true;
  #failures = 0;
  /** How many connections in a row have held for less than {@link HELD_MS}. */
  #drops = 0;
  #lastError: ConnectionError | undefined;
  /** Causes of failed attempts that were logged. */
  readonly #reported = new Set<string>();

  constructor(options: DialerOptions, owner: DialerOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** Why the last attempt failed, or the last connection ended. */
  get lastError(): ConnectionError | undefined {
    return this.#lastError;
  }

  /** When the newest request that is still unanswered was sent, a handshake too; `-Infinity` for none. */
  get newestUnansweredMs(): number {
    return this.#connection?.newestUnansweredMs ?? -Infinity;
  }

  /** Looks for a server until one takes the session, or until {@link hangUp}. */
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

  /** The list of servers has changed: what was tried so far does not count. */
  startOver(): void {
    this.#failures = 0;
    this.#drops = 0;
  }

  /** Stops looking, and ends the connection if there is one: what it had not answered fails with `code`. */
  hangUp(code: LossCode): void {
    this.#isIdle = true;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#letGo()?.end("ended", "ended by the client", code);
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
    const { hosts, clock, random, maxRequestBytes, maxReplyBytes, batchReads, tls, sasl } = this.#options;
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
      batchReads,
      tls,
      sasl,
      clock,
      random,
      listener: {
        attached: (response, sentAtMs) => this.#answered(connection, identity, response, sentAtMs),
        notified: (event) => this.#owner.notified(event),
        answered: (sentAtMs, zxidHigh, zxidLow) => this.#owner.answered(sentAtMs, zxidHigh, zxidLow),
        isOverdue: (answeredAtMs) => this.#owner.isOverdue(answeredAtMs),
        compareClock: () => this.#owner.compareClock(),
        ended: (error) => this.#ended(connection, error),
      },
    });
    this.#connection = connection;
  }

  #answered(connection: Connection, shown: SessionIdentity, response: ConnectResponse, sentAtMs: number): void {
    switch (judgeHandshake(shown, response)) {
      case "attached":
        if (this.#options.clock.now() - sentAtMs >= response.timeoutMs) {
          connection.end("timeout", `the handshake was answered, but read after ${response.timeoutMs} ms only`);
          break;
        }
        this.#options.hosts.settle();
        this.#reported.clear();
        this.#attachedAtMs = this.#options.clock.now();
        this.#owner.attached(connection, response, sentAtMs);
        break;
      case "expired":
        this.#failures = 0;
        this.#letGo();
        connection.end("ended", "the session has expired");
        this.#owner.refused();
        break;
      case "nonsense":
        connection.end("malformed", "an answer to the handshake without a session");
        break;
    }
  }

  #ended(connection: Connection, error: ConnectionError): void {
    // One that was let go ended by our own will.
    if (connection !== this.#connection) return;
    const attachedAtMs = this.#attachedAtMs;
    this.#letGo();
    this.#lastError = error;
    if (attachedAtMs === undefined) {
      this.#failures += 1;
      this.#report(error);
      this.#owner.failed(error, this.#failures % this.#options.hosts.size === 0);
      // Whoever was told may have ended the search, and begun another.
      if (this.#connection === undefined && this.#pause === undefined && !this.#isIdle) this.dial();
      return;
    }
    const held = this.#options.clock.now() - attachedAtMs >= HELD_MS;
    this.#drops = held ? 0 : this.#drops + 1;
    // An expiry in between has set the failures back, so that the new session is sought at once; the drops still count.
    this.#failures = held ? 0 : Math.max(this.#failures + 1, this.#drops);
    this.#owner.lost(error);
  }

  /** Logs each cause once until a server takes the session, so that a wrong setting is seen and an outage is no flood. */
  #report(error: ConnectionError): void {
    const level = this.#reported.has(error.message) ? "debug" : "warn";
    this.#reported.add(error.message);
    this.#options.logger[level]("zookeeper: no session with a server", { error });
  }

  #letGo(): Connection | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#attachedAtMs = undefined;
    return connection;
  }
}
