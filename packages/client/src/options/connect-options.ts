import type { Clock, Logger, Meter, Random } from "@conclave/runtime";
import type { BackoffOptions } from "../connection/backoff.js";

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
   * The longest request to send, in bytes; a longer one is rejected with `BAD_ARGUMENTS`. Servers hang up on more than
   * their `jute.maxbuffer`, which would fail whatever else is in flight: where theirs is larger, set it here too.
   * @default 1_048_575
   */
  readonly maxRequestBytes?: number | undefined;
  /**
   * The longest reply to accept, in bytes; a longer one ends the connection. The list of a znode's children may be
   * longer than any request.
   * @default 16_777_216
   */
  readonly maxReplyBytes?: number | undefined;
  /** The waits between rounds of attempts to reach a server. */
  readonly backoff?: BackoffOptions | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
  /**
   * Told of states (`info`), lost connections (`warn`), listeners that threw and refused credentials (`error`).
   * @default silentLogger
   */
  readonly logger?: Logger | undefined;
  /**
   * Counts `client_session_states` (label `state`), `client_connection_losses` and `client_watch_events`.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
}
