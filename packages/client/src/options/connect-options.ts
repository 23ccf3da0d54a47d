import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Clock, Logger, Meter, Random } from "@conclave/runtime";
import type { BackoffOptions } from "../connection/backoff.js";
import type { SavedSession } from "../session/saved-session.js";
import type { SaslMechanism } from "./sasl-mechanism.js";

/** Credentials, as `ZooKeeper.addAuth` takes them. */
export interface AuthOptions {
  /** Such as `digest`. */
  readonly scheme: string;
  /** Such as `user:password`; a `string` is sent as UTF-8. */
  readonly auth: Uint8Array | string;
}

/** What `connect` takes besides the connect string. */
export interface ConnectOptions {
  /**
   * How long the servers keep the session without hearing of it, in milliseconds. They may grant less or more (2 to 20
   * of their ticks): `ZooKeeper.sessionTimeoutMs` tells.
   *
   * The default is kazoo's. It is how long a lock or a leadership outlives the process that held it; of Curator's
   * 60 seconds a server with the usual tick grants 40. And it is three times the stall of an event loop (garbage
   * collection, a busy machine) that nobody would call healthy.
   * @default 10_000
   */
  readonly sessionTimeoutMs?: number | undefined;
  /**
   * How long `connect` tries before it rejects, in milliseconds.
   * @default undefined: until a server answers, or until `signal`
   */
  readonly connectTimeoutMs?: number | undefined;
  /** Gives up connecting; the client that `connect` returned does not heed it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the client goes on with a new session when one has expired: `expired`, then `connecting`. Otherwise
   * `expired` is final, and operations are rejected with `SESSION_EXPIRED`.
   * @default true
   */
  readonly newSessionAfterExpiry?: boolean | undefined;
  /**
   * Credentials to start with. `connect` rejects with `AUTH_FAILED` if a server refuses one.
   * @default []
   */
  readonly auth?: readonly AuthOptions[] | undefined;
  /**
   * A session to go on with, as `ZooKeeper.session` of another client gave it. `connect` rejects with `SESSION_EXPIRED`
   * where the servers do not have it any more, or its password is wrong. A client that had it until now loses its connection.
   * @default none: a new session
   */
  readonly session?: SavedSession | undefined;
  /**
   * Whether reads may be answered by a server that has lost its ensemble (Apache's, with `readonlymode.enabled`), from
   * what it knew last, as long as there is no other: `ZooKeeper.isReadOnly`. Writes are rejected with `NOT_READ_ONLY`
   * then. `connect` resolves with such a server too.
   * @default false
   */
  readonly canBeReadOnly?: boolean | undefined;
  /**
   * Speaks TLS, with the options of Node.js' `tls.connect`: `ca`, `cert` and `key` for mutual TLS, `servername`, and so
   * on; `true` for its defaults. The certificate must be valid for the host in the connect string, or `servername`. For a
   * private CA give its certificate as `ca` (the contents of the PEM file), or start Node.js with `NODE_EXTRA_CA_CERTS`.
   * @default none: plain TCP
   */
  readonly tls?: TlsOptions | true | undefined;
  /**
   * Proves the client by SASL on each connection, before anything else: `digestMd5({ username, password })`. `connect`
   * rejects with `AUTH_FAILED` if a server refuses it.
   * @default none
   */
  readonly sasl?: SaslMechanism | undefined;
  /**
   * The longest request to send, in bytes; a longer one is rejected with `BAD_ARGUMENTS`. Servers hang up on more than
   * their `jute.maxbuffer`, which would fail whatever else is in flight: where theirs is larger, set it here too.
   * @default 1_048_575
   */
  readonly maxRequestBytes?: number | undefined;
  /**
   * The longest reply to accept, in bytes; a longer one ends the connection. The list of a znode's children may be
   * longer than any request. With `batchReads` it holds for each read by itself.
   * @default 16_777_216
   */
  readonly maxReplyBytes?: number | undefined;
  /**
   * Sends `getData` calls of one tick that follow each other, without a watch, as one request: far less work for both
   * sides, above all where a server answers each request by a packet of its own, as Apache's does. Each call keeps its own
   * result or error, its place in the order, its `signal` and its measurements. Calls with a watch and all else leave as
   * always.
   *
   * At most 64 go together, and only as many as their replies, at the size of the recent ones, fit into 64 KiB: large
   * znodes are read one by one. The reply to such a request may be longer than `maxReplyBytes` (up to 65 MiB, 64 znodes of
   * the usual limit), so that none is too long that would not be otherwise.
   *
   * Needs ZooKeeper 3.6: older servers refuse the request (`UNIMPLEMENTED`) and hang up.
   * @default false
   */
  readonly batchReads?: boolean | undefined;
  /** The waits between rounds of attempts to reach a server. */
  readonly backoff?: BackoffOptions | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
  /**
   * Told of states (`info`), lost connections and failed attempts to connect (`warn`; each cause of a failed attempt once,
   * until a server takes the session), listeners that threw and refused credentials (`error`).
   * @default silentLogger
   */
  readonly logger?: Logger | undefined;
  /**
   * Counts `client_session_states` (label `state`), `client_connection_losses` and `client_watch_events`; observes
   * `client_operation_duration_ms` (labels `operation` and `code`, "OK" for a success), from the call to the result.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
}
