import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Clock, Logger, Meter, Random } from "@conclave/runtime";
import type { SaslMechanism } from "./sasl-mechanism.js";
import type { SavedSession } from "./saved-session.js";

/** Credentials for `ZooKeeper.addAuth`. */
export interface AuthOptions {
  /** Authentication scheme, such as `digest`. */
  readonly scheme: string;
  /** Credentials of the scheme, such as `user:password`. A `string` is sent as UTF-8. */
  readonly auth: Uint8Array | string;
}

/** Delays between rounds of failed attempts; one round tries every server. */
export interface BackoffOptions {
  /**
   * Delay before the second round, in milliseconds. It doubles with each further round.
   * @default 100
   */
  readonly initialMs?: number | undefined;
  /**
   * Longest delay, in milliseconds. While the session may still be alive, the delay is also limited to a tenth of its
   * timeout.
   * @default 5_000
   */
  readonly maxMs?: number | undefined;
}

/** Options of `connect`. */
export interface ConnectOptions {
  /**
   * Session timeout in milliseconds: the time for which the servers keep the session without a request from it. Servers
   * may grant less or more (2 to 20 of their ticks); `ZooKeeper.sessionTimeoutMs` is the granted timeout.
   *
   * It is the time for which a lock or a leadership outlives its process. The default is kazoo's. (Curator asks for 60
   * seconds, of which a server with the usual tick grants 40.) The client tolerates stalls of its event loop (garbage
   * collection, a busy machine) of up to a third of this time.
   * @default 10_000
   */
  readonly sessionTimeoutMs?: number | undefined;
  /**
   * Time after which `connect` rejects, in milliseconds.
   * @default undefined: it waits until a server answers or `signal` aborts
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Creates the chroot of the connect string if it does not exist: its znodes are persistent, without data, and open to all
   * (`OPEN_ACL_UNSAFE`). With `false`, `connect` rejects with `NO_NODE` if it does not exist.
   * @default false
   */
  readonly createChroot?: boolean | undefined;
  /** Aborts connecting. It has no effect on a client that `connect` has returned. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Creates a new session after an expiry: the state becomes `expired`, then `connecting`. With `false`, `expired` is
   * final, and operations are rejected with `SESSION_EXPIRED`.
   * @default true
   */
  readonly newSessionAfterExpiry?: boolean | undefined;
  /**
   * Credentials of the first connection. `connect` rejects with `AUTH_FAILED` if a server refuses one of them.
   * @default []
   */
  readonly auth?: readonly AuthOptions[] | undefined;
  /**
   * Session to resume, taken from `ZooKeeper.session` of another client. `connect` rejects with `SESSION_EXPIRED` if
   * the session has expired or its password is wrong. A client that still uses the session loses its connection.
   * @default none: a new session
   */
  readonly session?: SavedSession | undefined;
  /**
   * Allows a server that has lost its ensemble (Apache's, with `readonlymode.enabled`) to answer reads from its last
   * known state while no other server answers: see `ZooKeeper.isReadOnly`. Writes are then rejected with
   * `NOT_READ_ONLY`; `ZooKeeper.readWrite` waits instead. `connect` resolves with such a server too. The client keeps
   * looking for a server that serves its session, and moves to it.
   * @default false
   */
  readonly canBeReadOnly?: boolean | undefined;
  /**
   * Order in which the client tries the servers of the connect string. `"given"` prefers the first one: for a process that runs a
   * server itself. `"random"` spreads clients evenly.
   * @default "random"
   */
  readonly serverOrder?: "random" | "given" | undefined;
  /**
   * Uses TLS, with the options of Node.js' `tls.connect`: `ca`, `cert` and `key` for mutual TLS, `servername`, and so
   * on; `true` for their defaults. The certificate must be valid for the host in the connect string, or for
   * `servername`. For a private CA pass its certificate as `ca` (the contents of the PEM file), or start Node.js with
   * `NODE_EXTRA_CA_CERTS`.
   * @default none: plain TCP
   */
  readonly tls?: TlsOptions | true | undefined;
  /**
   * Authenticates the client by SASL on each connection, before any other request: `digestMd5({ username, password })`.
   * `connect` rejects with `AUTH_FAILED` if a server refuses it.
   * @default none
   */
  readonly sasl?: SaslMechanism | undefined;
  /**
   * Longest request in bytes; a longer one is rejected with `BAD_ARGUMENTS`. A server closes the connection on requests
   * longer than its `jute.maxbuffer`, and all operations in flight fail with it: if the servers have a larger limit,
   * set it here too.
   * @default 1_048_575
   */
  readonly maxRequestBytes?: number | undefined;
  /**
   * Longest reply in bytes. A longer one is discarded as it arrives, and rejects only its operation, with
   * `REPLY_TOO_LARGE`. A list of children may be longer than any request. With joined reads (`batchReads`) the limit
   * applies to each read; a longer reply is then received as a whole before it is rejected.
   * @default 16_777_216
   */
  readonly maxReplyBytes?: number | undefined;
  /**
   * Sends adjacent `getData` calls of one tick, without a watch, as one request. With servers that send one packet
   * per reply, as Apache's do, 64 calls in flight use a fifth of the CPU time: 1.69 µs each instead of 8.13
   * (`pnpm bench client`). On Conclave's server, which answers in one packet anyway, they use as much. Each call keeps its own result or error, its
   * position in the order, its `signal` and its metrics. Calls with a watch and all other operations are sent as
   * without this option. A batch has at most 64 reads, and only as many as their replies, at the size of the recent ones,
   * fit into 64 KiB: large znodes are read one by one.
   *
   * The request requires ZooKeeper 3.6. Older servers reject it (`UNIMPLEMENTED`) and close the connection.
   *
   * - `"auto"`: joins reads on servers that know such requests. When there are reads to join, the client asks its server
   *   for the version, once for each connection: with the four-letter word `srvr`, on a second connection to the same
   *   address, over TLS if the client uses it. Until the server has answered, and if it does not, reads are sent one by one. A
   *   load balancer that leads to servers before and since 3.6 can make the answer wrong: then the reads fail with
   *   `CONNECTION_LOSS` once, and this client joins no more.
   * - `true`: joins reads without a question.
   * - `false`: never joins.
   * @default "auto"
   */
  readonly batchReads?: boolean | "auto" | undefined;
  /**
   * Makes every read of this client linearizable that does not say otherwise: see `linearizable` in the options of the
   * reads.
   * @default false
   */
  readonly linearizableReads?: boolean | undefined;
  /** Delays between rounds of attempts to connect. */
  readonly backoff?: BackoffOptions | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
  /**
   * Receives state changes (`info`), lost connections, failed attempts to connect (`warn`; each message of a failed
   * attempt once, until a server accepts the session) and a wait of `connect` for more than two seconds (`warn`), errors thrown by listeners and refused credentials (`error`).
   * @default silentLogger
   */
  readonly logger?: Logger | undefined;
  /**
   * Counts `client_session_states` (label `state`), `client_connection_losses` and `client_watch_events`; observes
   * `client_operation_duration_ms` (labels `operation` and `code`, "OK" for a success) from the call to the result.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
}
