import type { Clock, Logger, Random } from "@conclave/runtime";
import type { AdminOptions, MetricsOptions, ResolvedAdmin, ResolvedMetrics } from "./admin-options.js";
import type { EnsembleOptions, ResolvedEnsemble } from "./ensemble-options.js";
import type { ConnectionThrottleOptions, RequestThrottleOptions, ResolvedThrottle } from "./throttle-options.js";
import type { ServerTlsOptions } from "./tls-options.js";

/** Options of a server. Names and defaults are those of Apache's `zoo.cfg`, with units added to the names. */
export interface ServerOptions {
  /**
   * The port for clients; 0 takes a free one.
   * @default 0, and none if there is a `secureClientPort`
   */
  readonly clientPort?: number | undefined;
  /**
   * The local address to listen on for clients.
   * @default "127.0.0.1"
   */
  readonly clientPortAddress?: string | undefined;
  /** The port for clients that speak TLS; 0 takes a free one. Needs `tls`. Without it there is none. */
  readonly secureClientPort?: number | undefined;
  /**
   * The local address of the `secureClientPort`.
   * @default "127.0.0.1"
   */
  readonly secureClientPortAddress?: string | undefined;
  /**
   * Accept TLS clients on the `clientPort` as well (`client.portUnification`). Needs `tls`.
   * @default false
   */
  readonly portUnification?: boolean | undefined;
  /** The server's key and certificate, and the authorities it trusts (`ssl.*`; see `readApacheTls`). */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Directory of the snapshots and, without `dataLogDir`, of the transaction log. Without it the server keeps everything
   * in memory and loses it on exit.
   */
  readonly dataDir?: string | undefined;
  /** Directory of the transaction log; a dedicated disk is best. */
  readonly dataLogDir?: string | undefined;
  /**
   * The unit of time: sessions expire at whole ticks. In milliseconds.
   * @default 3000
   */
  readonly tickTimeMs?: number | undefined;
  /**
   * The shortest session timeout that a client may have, in milliseconds.
   * @default 2 * tickTimeMs
   */
  readonly minSessionTimeoutMs?: number | undefined;
  /**
   * The longest session timeout that a client may have, in milliseconds.
   * @default 20 * tickTimeMs
   */
  readonly maxSessionTimeoutMs?: number | undefined;
  /**
   * Maximum number of connections waiting to be accepted (`clientPortListenBacklog`).
   * @default Node.js's, 511
   */
  readonly clientPortListenBacklog?: number | undefined;
  /**
   * Connections from one address, on all ports; 0 for no limit (`maxClientCnxns`).
   * @default 60
   */
  readonly maxClientConnections?: number | undefined;
  /**
   * Connections in all; 0 for no limit (`maxCnxns`).
   * @default 0
   */
  readonly maxConnections?: number | undefined;
  /** Makes this server a member of an ensemble. Without it the server is alone. Needs `dataDir`. */
  readonly ensemble?: EnsembleOptions | undefined;
  /**
   * Serve clients that ask for it (`canBeReadOnly`) while no leader is found: a member of an ensemble that has searched for two
   * seconds, or a tick if that is longer, answers their reads from its own state, which may be old, and refuses their writes
   * (`readonlymode.enabled`).
   * @default false
   */
  readonly readOnlyMode?: boolean | undefined;
  /** Limits the rate at which sessions are created or resumed. Without it there is no limit. */
  readonly connectionThrottle?: ConnectionThrottleOptions | undefined;
  /** Limits the number of requests in process; further requests wait unread. Without it there is no limit. */
  readonly requestThrottle?: RequestThrottleOptions | undefined;
  /**
   * Transactions between two snapshots.
   * @default 100_000
   */
  readonly snapCount?: number | undefined;
  /**
   * Bytes by which the log file is extended at a time (`preAllocSize`, there in KiB).
   * @default 67_108_864
   */
  readonly preAllocBytes?: number | undefined;
  /**
   * Flush a write to disk before acknowledging it. When false, a power cut can lose acknowledged writes.
   * @default true
   */
  readonly forceSync?: boolean | undefined;
  /**
   * Requests of one connection that may wait for an answer; beyond, it is not read from.
   * @default 1000
   */
  readonly maxOutstanding?: number | undefined;
  /**
   * Writes of all connections that may wait for an answer; beyond, those that wait for one are not read from
   * (`globalOutstandingLimit`).
   * @default 1000
   */
  readonly globalOutstandingLimit?: number | undefined;
  /**
   * A request of more bytes counts as a large one; -1: none does (`largeRequestThreshold`).
   * @default -1
   */
  readonly largeRequestThreshold?: number | undefined;
  /**
   * Maximum total size of all large requests in flight, in bytes; a connection that exceeds it is closed (`largeRequestMaxBytes`).
   * @default 104_857_600
   */
  readonly largeRequestMaxBytes?: number | undefined;
  /**
   * A client that leaves more than this many bytes of events unread is cut. Its requests are not read long before, so
   * that replies do not gather. Apache has no such limit.
   * @default 16_777_216
   */
  readonly maxUnsentBytes?: number | undefined;
  /**
   * Watches that one connection may have; a read that would leave one more is refused by ThrottledOp (-127), and a client
   * that restores more is cut. A persistent watch counts as two, and one at a path of n characters as 1 + n / 256. Apache
   * has no such limit.
   * @default 200_000
   */
  readonly maxWatchesPerConnection?: number | undefined;
  /**
   * Watches of all connections, likewise. Each takes about 400 bytes.
   * @default 2_000_000
   */
  readonly maxWatches?: number | undefined;
  /**
   * Maximum size of a frame from a client, in bytes (`jute.maxbuffer`). Whatever the limit, a write whose transaction
   * exceeds 255 MiB is refused with MarshallingError (-5): it could not be read back.
   * @default 1_048_575
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Four-letter words to answer besides `srvr`, which is always answered; "*" for all (`4lw.commands.whitelist`).
   * @default ["srvr"]
   */
  readonly fourLetterWords?: readonly string[] | "*" | undefined;
  /**
   * Allow znodes with a TTL (`extendedTypesEnabled`).
   * @default false, and true in `startEnsemble`
   */
  readonly extendedTypesEnabled?: boolean | undefined;
  /**
   * Interval between checks for empty containers and expired TTL nodes, in milliseconds
   * (`znode.container.checkIntervalMs`).
   * @default 60_000
   */
  readonly containerCheckIntervalMs?: number | undefined;
  /**
   * Secret from which session passwords are derived; a client needs the password to resume its session. `true`: a secret
   * that the server generates and keeps in `dataDir` (or in memory). A string of at least 16 characters: that secret; use
   * the same one on all servers that serve the same data. `false`: as Apache, derived from the session id alone, so that
   * anyone able to guess an id can take over that session; needed only when a Java server continues from this data or
   * is in one ensemble with this server.
   * @default true
   */
  readonly sessionSecret?: boolean | string | undefined;
  /** Digest `user:base64(sha1(user:password))` of the super user, exempt from ACLs (`DigestAuthenticationProvider.superDigest`). */
  readonly superDigest?: string | undefined;
  /**
   * Enable the scheme `digest` (`DigestAuthenticationProvider.enabled`). When false, such credentials are refused, new ACLs
   * cannot name the scheme, existing ACL entries of the scheme grant nothing, and `superDigest` has no effect.
   * @default true
   */
  readonly digestAuthEnabled?: boolean | undefined;
  /**
   * The digest of the scheme `digest`, as Node.js's `createHash` names it (`DigestAuthenticationProvider.digestAlg`). All
   * servers of an ensemble must have the same.
   * @default "sha1"
   */
  readonly digestAlgorithm?: string | undefined;
  /** Certificate subject of the super user, exempt from ACLs (`X509AuthenticationProvider.superUser`). */
  readonly x509SuperUser?: string | undefined;
  /**
   * Passwords by user, for SASL DIGEST-MD5; in JAAS, the entries `user_<name>="<password>"` of a `DigestLoginModule`.
   * Without it SASL is refused.
   */
  readonly saslUsers?: Readonly<Record<string, string>> | undefined;
  /**
   * SASL users with the super user's rights (`superUser`, `superUser.N`).
   * @default []
   */
  readonly saslSuperUsers?: readonly string[] | undefined;
  /** An id of the scheme `sasl` that matches every client authenticated by SASL (`letAnySaslUserDoX`). */
  readonly letAnySaslUserDoX?: string | undefined;
  /**
   * Keep a client connected, unauthenticated, after its SASL authentication fails (`allowSaslFailedClients`).
   * @default false
   */
  readonly allowSaslFailedClients?: boolean | undefined;
  /**
   * Require clients to authenticate by SASL before any request (`sessionRequireClientSASLAuth`).
   * @default false
   */
  readonly sessionRequireClientSaslAuth?: boolean | undefined;
  /**
   * Schemes of which a client must authenticate with one before any request (`enforce.auth.schemes`, where
   * `enforce.auth.enabled`); empty: none.
   * @default []
   */
  readonly enforceAuthSchemes?: readonly string[] | undefined;
  /**
   * Refuse writes that exceed a hard quota and log those that exceed a soft one (`enforceQuota`). Usage is counted
   * in any case.
   * @default false
   */
  readonly enforceQuota?: boolean | undefined;
  /**
   * Skip all ACL checks (`skipACL`).
   * @default false
   */
  readonly skipAcl?: boolean | undefined;
  /**
   * Accept a log without any snapshot as the whole history (`snapshot.trust.empty`).
   * @default false
   */
  readonly trustEmptySnapshot?: boolean | undefined;
  /**
   * Write the tree's digest with each transaction and snapshot (`digest.enabled`).
   * @default true
   */
  readonly digestEnabled?: boolean | undefined;
  /**
   * Create `dataDir` and `dataLogDir` if they are missing (`datadir.autocreate`). When false, a server with an unmounted
   * disk refuses to start instead of starting empty.
   * @default true
   */
  readonly autoCreateDataDir?: boolean | undefined;
  /**
   * Create files and folders readable by their owner alone (modes 600 and 700). When false, the umask decides, as with
   * Apache; use it for a Java server or a backup that runs as another user. Existing files keep their mode.
   * @default true
   */
  readonly privateFiles?: boolean | undefined;
  /**
   * Duration in milliseconds above which a write of the transaction log is logged as slow (`fsync.warningthresholdms`).
   * @default 1_000
   */
  readonly fsyncWarningThresholdMs?: number | undefined;
  /**
   * A connection without a session after this time, in milliseconds, is closed (`nio.sessionlessCnxnTimeout`).
   * @default 10_000
   */
  readonly sessionlessTimeoutMs?: number | undefined;
  /**
   * Compression of new snapshots (`snapshot.compression.method`). "gz" trades processor time, on a separate thread, for
   * smaller files. Both kinds are always readable.
   * @default "none"
   */
  readonly snapshotCompression?: "none" | "gz" | undefined;
  /**
   * Number of snapshots that a purge keeps, with the logs that build on them (`autopurge.snapRetainCount`); 3 at least.
   * @default 3
   */
  readonly snapRetainCount?: number | undefined;
  /**
   * Interval between purges of older snapshots and logs, in milliseconds; 0: never (`autopurge.purgeInterval`, there in hours).
   * @default 0
   */
  readonly purgeIntervalMs?: number | undefined;
  /** The AdminServer: commands by HTTP, answered as JSON. Without it there is none. */
  readonly admin?: AdminOptions | undefined;
  /** Figures for Prometheus by HTTP. Without it there are none. */
  readonly metrics?: MetricsOptions | undefined;
  /**
   * Log each write, with its user and operation, as a line "audit" through the `logger` (`audit.enable`).
   * @default false
   */
  readonly auditEnable?: boolean | undefined;
  /** Called once if the server had to stop by itself: its log can no longer be written. */
  readonly onFailure?: ((cause: unknown) => void) | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

type Optional =
  | "clientPort"
  | "secureClientPort"
  | "tls"
  | "dataDir"
  | "dataLogDir"
  | "superDigest"
  | "x509SuperUser"
  | "letAnySaslUserDoX"
  | "saslUsers"
  | "requestThrottle"
  | "clientPortListenBacklog";
type Nested = "connectionThrottle" | "admin" | "metrics" | "ensemble";

/** {@link ServerOptions} with all defaults filled in. */
export type ResolvedServerOptions = {
  readonly [K in keyof Omit<ServerOptions, Optional | Nested>]-?: Exclude<ServerOptions[K], undefined>;
} & { readonly [K in Optional]: ServerOptions[K] } & {
  readonly connectionThrottle: ResolvedThrottle;
  readonly admin: ResolvedAdmin | undefined;
  readonly metrics: ResolvedMetrics | undefined;
  readonly ensemble: ResolvedEnsemble | undefined;
};
