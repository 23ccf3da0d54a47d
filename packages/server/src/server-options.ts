import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import type { AdminOptions, MetricsOptions, ResolvedAdmin, ResolvedMetrics } from "./admin/admin-options.js";
import type { ConnectionThrottleOptions, ResolvedThrottle } from "./transport/connection-throttle.js";
import type { RequestThrottleOptions } from "./transport/request-throttle.js";
import type { ServerTlsOptions } from "./transport/tls-options.js";

/** How a server is to be. Names and defaults are those of Apache's `zoo.cfg`, units added. */
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
   * Whether the `clientPort` takes clients that speak TLS too (`client.portUnification`). Needs `tls`.
   * @default false
   */
  readonly portUnification?: boolean | undefined;
  /** The server's key and certificate, and whom it trusts (`ssl.*`; see `readApacheTls`). */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Where snapshots and, without `dataLogDir`, the transaction log are kept. Without it the server keeps everything in
   * memory and forgets it when it ends.
   */
  readonly dataDir?: string | undefined;
  /** Where the transaction log is kept; best on a disk of its own. */
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
   * How many connections may wait to be accepted (`clientPortListenBacklog`).
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
  /** How fast sessions may begin or come back. Without it there is no limit. */
  readonly connectionThrottle?: ConnectionThrottleOptions | undefined;
  /** How many requests may be in process. Without it there is no limit, and with the others they wait unread. */
  readonly requestThrottle?: RequestThrottleOptions | undefined;
  /**
   * Transactions between two snapshots.
   * @default 100_000
   */
  readonly snapCount?: number | undefined;
  /**
   * By how much the log file grows at a time, in bytes.
   * @default 67_108_864
   */
  readonly preAllocBytes?: number | undefined;
  /**
   * Whether a write is on disk before it is acknowledged. Without, a power cut loses acknowledged writes.
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
   * What all large requests on their way may have together, in bytes; who goes beyond is cut (`largeRequestMaxBytes`).
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
   * The longest frame that a client may send, in bytes (`jute.maxbuffer`). However large it is, a write whose transaction
   * has more than 255 MiB is refused by MarshallingError (-5): it could not be read back.
   * @default 1_048_575
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * The four-letter words that are answered, besides `srvr`, which always is; "*" for all.
   * @default ["srvr"]
   */
  readonly fourLetterWords?: readonly string[] | "*" | undefined;
  /**
   * Whether znodes with a TTL can be made (`extendedTypesEnabled`).
   * @default false, and true in `startEnsemble`
   */
  readonly extendedTypesEnabled?: boolean | undefined;
  /**
   * How often containers and TTL nodes that nobody needs are looked for, in milliseconds
   * (`znode.container.checkIntervalMs`).
   * @default 60_000
   */
  readonly containerCheckIntervalMs?: number | undefined;
  /**
   * With what the passwords of sessions are made, without which no session can be resumed. `true`: a secret that the server
   * makes, and keeps in `dataDir` (or in memory); a text of 16 characters or more: that one, to be the same in all servers
   * that serve the same data. `false`: as Apache makes them, from the session's id alone; who knows or guesses an id
   * can take that session then. Only a Java server that goes on from the data, or is in one ensemble with this, needs that.
   * @default true
   */
  readonly sessionSecret?: boolean | string | undefined;
  /** `user:base64(sha1(user:password))` of who may do everything (`DigestAuthenticationProvider.superDigest`). */
  readonly superDigest?: string | undefined;
  /**
   * Whether there is the scheme `digest` (`DigestAuthenticationProvider.enabled`). Without, who shows such credentials is
   * refused, new ACLs cannot name the scheme, those that do let nobody in by it, and `superDigest` means nothing.
   * @default true
   */
  readonly digestAuthEnabled?: boolean | undefined;
  /**
   * The digest of the scheme `digest`, as Node.js's `createHash` names it (`DigestAuthenticationProvider.digestAlg`). All
   * servers of an ensemble must have the same.
   * @default "sha1"
   */
  readonly digestAlgorithm?: string | undefined;
  /** The subject of the certificate of who may do everything (`X509AuthenticationProvider.superUser`). */
  readonly x509SuperUser?: string | undefined;
  /**
   * Passwords by user, for SASL DIGEST-MD5: what stands in JAAS as `user_<name>="<password>"` of a `DigestLoginModule`.
   * Without it SASL is refused.
   */
  readonly saslUsers?: Readonly<Record<string, string>> | undefined;
  /**
   * SASL users who may do everything (`superUser`, `superUser.N`).
   * @default []
   */
  readonly saslSuperUsers?: readonly string[] | undefined;
  /** An id of the scheme `sasl` that stands for every client that has proved itself by SASL (`letAnySaslUserDoX`). */
  readonly letAnySaslUserDoX?: string | undefined;
  /**
   * Whether a client whose SASL fails may stay, as nobody (`allowSaslFailedClients`).
   * @default false
   */
  readonly allowSaslFailedClients?: boolean | undefined;
  /**
   * Whether clients must prove themselves by SASL before they ask for anything (`sessionRequireClientSASLAuth`).
   * @default false
   */
  readonly sessionRequireClientSaslAuth?: boolean | undefined;
  /**
   * Schemes of which a client must prove one before it asks for anything (`enforce.auth.schemes`, where
   * `enforce.auth.enabled`); empty: none.
   * @default []
   */
  readonly enforceAuthSchemes?: readonly string[] | undefined;
  /**
   * Whether writes beyond a hard quota are refused, and those beyond a soft one logged (`enforceQuota`). Usage is counted
   * in any case.
   * @default false
   */
  readonly enforceQuota?: boolean | undefined;
  /**
   * Whether everybody may do everything, whatever the ACLs say (`skipACL`).
   * @default false
   */
  readonly skipAcl?: boolean | undefined;
  /**
   * Whether a log without any snapshot is taken for the whole history (`snapshot.trust.empty`).
   * @default false
   */
  readonly trustEmptySnapshot?: boolean | undefined;
  /**
   * Whether the tree's digest is written with each transaction and snapshot (`digest.enabled`).
   * @default true
   */
  readonly digestEnabled?: boolean | undefined;
  /**
   * Whether `dataDir` and `dataLogDir` are created where they are missing (`datadir.autocreate`). Without, a server whose
   * disk is not mounted does not start, instead of starting with nothing.
   * @default true
   */
  readonly createsFolders?: boolean | undefined;
  /**
   * Whether the files and folders that the server makes may be read by their owner alone (modes 600 and 700). `false`: by
   * those whom the umask allows, as Apache's; for a Java server or a backup that runs as another user. What is there already
   * keeps its mode.
   * @default true
   */
  readonly privateFiles?: boolean | undefined;
  /**
   * A write of the transaction log that takes longer, in milliseconds, is told to the log (`fsync.warningthresholdms`).
   * @default 1_000
   */
  readonly slowWriteMs?: number | undefined;
  /**
   * A connection without a session after this time, in milliseconds, is closed (`nio.sessionlessCnxnTimeout`).
   * @default 10_000
   */
  readonly sessionlessTimeoutMs?: number | undefined;
  /**
   * How snapshots are written (`snapshot.compression.method`). By "gz", fewer bytes for more of the processor's
   * time, on a thread beside that of the server. However they are set, both kinds are read.
   * @default "none"
   */
  readonly snapshotCompression?: "none" | "gz" | undefined;
  /**
   * How many snapshots a purge leaves, with the logs that build on them (`autopurge.snapRetainCount`); 3 at least.
   * @default 3
   */
  readonly snapRetainCount?: number | undefined;
  /**
   * How often older ones are removed, in milliseconds; 0: never (`autopurge.purgeInterval`, there in hours).
   * @default 0
   */
  readonly purgeIntervalMs?: number | undefined;
  /** The AdminServer: commands by HTTP, answered as JSON. Without it there is none. */
  readonly admin?: AdminOptions | undefined;
  /** Figures for Prometheus by HTTP. Without it there are none. */
  readonly metrics?: MetricsOptions | undefined;
  /**
   * Whether who wrote what is logged: a line "audit" for each write, by the `logger` (`audit.enable`).
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
type Nested = "connectionThrottle" | "admin" | "metrics";

/** {@link ServerOptions} with everything decided. */
export type ResolvedServerOptions = {
  readonly [K in keyof Omit<ServerOptions, Optional | Nested>]-?: Exclude<ServerOptions[K], undefined>;
} & { readonly [K in Optional]: ServerOptions[K] } & {
  readonly connectionThrottle: ResolvedThrottle;
  readonly admin: ResolvedAdmin | undefined;
  readonly metrics: ResolvedMetrics | undefined;
};

/** Checks options and fills in the defaults; throws a `RangeError` that names the option and what it allows. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const tickTimeMs = whole("tickTimeMs", options.tickTimeMs ?? 3000, 1);
  const minSessionTimeoutMs = whole("minSessionTimeoutMs", options.minSessionTimeoutMs ?? 2 * tickTimeMs, 1);
  const maxSessionTimeoutMs = whole("maxSessionTimeoutMs", options.maxSessionTimeoutMs ?? 20 * tickTimeMs, 1);
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    throw new RangeError(
      `minSessionTimeoutMs (${minSessionTimeoutMs}) is more than maxSessionTimeoutMs (${maxSessionTimeoutMs})`,
    );
  }
  refuseWhatLacks(options);
  return Object.freeze({
    clientPort: port("clientPort", options.clientPort ?? (options.secureClientPort === undefined ? 0 : undefined)),
    secureClientPort: port("secureClientPort", options.secureClientPort),
    secureClientPortAddress: options.secureClientPortAddress ?? "127.0.0.1",
    tls: options.tls,
    clientPortAddress: options.clientPortAddress ?? "127.0.0.1",
    clientPortListenBacklog: options.clientPortListenBacklog,
    dataDir: options.dataDir,
    portUnification: options.portUnification ?? false,
    dataLogDir: options.dataLogDir,
    tickTimeMs,
    minSessionTimeoutMs,
    maxSessionTimeoutMs,
    maxClientConnections: whole("maxClientConnections", options.maxClientConnections ?? 60, 0),
    snapCount: whole("snapCount", options.snapCount ?? 100_000, 2),
    preAllocBytes: whole("preAllocBytes", options.preAllocBytes ?? 64 * 1024 * 1024, 0),
    forceSync: options.forceSync ?? true,
    maxOutstanding: whole("maxOutstanding", options.maxOutstanding ?? 1000, 1),
    maxFrameBytes: whole("maxFrameBytes", options.maxFrameBytes ?? 0xfffff, 1024),
    fourLetterWords: options.fourLetterWords ?? ["srvr"],
    extendedTypesEnabled: options.extendedTypesEnabled ?? false,
    containerCheckIntervalMs: whole("containerCheckIntervalMs", options.containerCheckIntervalMs ?? 60_000, 1),
    sessionSecret: sessionSecret(options.sessionSecret ?? true),
    superDigest: options.superDigest,
    digestAuthEnabled: options.digestAuthEnabled ?? true,
    letAnySaslUserDoX: options.letAnySaslUserDoX,
    digestAlgorithm: options.digestAlgorithm ?? "sha1",
    x509SuperUser: options.x509SuperUser,
    saslUsers: options.saslUsers,
    saslSuperUsers: options.saslSuperUsers ?? [],
    allowSaslFailedClients: options.allowSaslFailedClients ?? false,
    sessionRequireClientSaslAuth: options.sessionRequireClientSaslAuth ?? false,
    enforceAuthSchemes: options.sessionRequireClientSaslAuth ? ["sasl"] : enforcedSchemes(options),
    maxConnections: whole("maxConnections", options.maxConnections ?? 0, 0),
    connectionThrottle: resolveThrottle(options.connectionThrottle ?? {}),
    requestThrottle: options.requestThrottle && checkedRequestThrottle(options.requestThrottle),
    globalOutstandingLimit: whole("globalOutstandingLimit", options.globalOutstandingLimit ?? 1000, 1),
    largeRequestThreshold: whole("largeRequestThreshold", options.largeRequestThreshold ?? -1, -1),
    largeRequestMaxBytes: whole("largeRequestMaxBytes", options.largeRequestMaxBytes ?? 100 * 1024 * 1024, 1),
    maxUnsentBytes: whole("maxUnsentBytes", options.maxUnsentBytes ?? 16 * 1024 * 1024, 1),
    maxWatchesPerConnection: whole("maxWatchesPerConnection", options.maxWatchesPerConnection ?? 200_000, 1),
    maxWatches: whole("maxWatches", options.maxWatches ?? 2_000_000, 1),
    trustEmptySnapshot: options.trustEmptySnapshot ?? false,
    digestEnabled: options.digestEnabled ?? true,
    createsFolders: options.createsFolders ?? true,
    privateFiles: options.privateFiles ?? true,
    slowWriteMs: whole("slowWriteMs", options.slowWriteMs ?? 1_000, 0),
    sessionlessTimeoutMs: whole("sessionlessTimeoutMs", options.sessionlessTimeoutMs ?? 10_000, 1),
    snapshotCompression: options.snapshotCompression ?? "none",
    snapRetainCount: whole("snapRetainCount", options.snapRetainCount ?? 3, 3),
    purgeIntervalMs: whole("purgeIntervalMs", options.purgeIntervalMs ?? 0, 0, Number.MAX_SAFE_INTEGER),
    admin: options.admin && resolveAdmin(options.admin),
    metrics: options.metrics && resolveMetrics(options.metrics),
    auditEnable: options.auditEnable ?? false,
    enforceQuota: options.enforceQuota ?? false,
    skipAcl: options.skipAcl ?? false,
    onFailure: options.onFailure ?? (() => {}),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  });
}

/** Throws where one option needs another that is not there. */
function refuseWhatLacks({ dataDir, dataLogDir, secureClientPort, portUnification, tls }: ServerOptions): void {
  if (dataLogDir !== undefined && dataDir === undefined) {
    throw new RangeError("dataLogDir needs a dataDir, for the snapshots");
  }
  if (tls !== undefined) return;
  if (secureClientPort !== undefined) throw new RangeError("secureClientPort needs tls: a key and a certificate");
  if (portUnification === true) throw new RangeError("portUnification needs tls: a key and a certificate");
}

const MIN_SECRET_LENGTH = 16;

function sessionSecret(value: boolean | string): boolean | string {
  if (typeof value === "boolean" || value.length >= MIN_SECRET_LENGTH) return value;
  throw new RangeError(`sessionSecret must be true, false, or a text of ${MIN_SECRET_LENGTH} characters or more`);
}

function port(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : whole(name, value, 0, 65_535);
}

function enforcedSchemes({ enforceAuthSchemes = [] }: ServerOptions): readonly string[] {
  const unknown = enforceAuthSchemes.find((scheme) => !["digest", "ip", "x509", "sasl", "world"].includes(scheme));
  if (unknown !== undefined) throw new RangeError(`enforceAuthSchemes: there is no scheme ${unknown}`);
  return enforceAuthSchemes;
}

function checkedRequestThrottle(options: RequestThrottleOptions): RequestThrottleOptions {
  whole("requestThrottle.maxRequests", options.maxRequests, 1);
  whole("requestThrottle.refuseAfterMs", options.refuseAfterMs ?? 0, 0);
  return Object.freeze({ ...options });
}

function resolveAdmin(options: AdminOptions): ResolvedAdmin {
  const { commandUrl = "/commands" } = options;
  if (!/^\/.*[^/]$/.test(commandUrl)) throw new RangeError(`admin.commandUrl must be a path, and is ${commandUrl}`);
  return Object.freeze({
    port: whole("admin.port", options.port ?? 8080, 0, 65_535),
    address: options.address ?? "127.0.0.1",
    isOptional: options.isOptional ?? false,
    commandUrl,
    allowedHosts: options.allowedHosts ?? [],
    idleTimeoutMs: whole("admin.idleTimeoutMs", options.idleTimeoutMs ?? 30_000, 1),
    snapshotEnabled: options.snapshotEnabled ?? true,
    restoreEnabled: options.restoreEnabled ?? true,
    rateLimiterIntervalMs: whole("admin.rateLimiterIntervalMs", options.rateLimiterIntervalMs ?? 300_000, 0),
  });
}

function resolveMetrics(options: MetricsOptions): ResolvedMetrics {
  return Object.freeze({
    port: whole("metrics.port", options.port ?? 7000, 0, 65_535),
    address: options.address ?? "127.0.0.1",
    exportRuntimeInfo: options.exportRuntimeInfo ?? true,
  });
}

function resolveThrottle(options: ConnectionThrottleOptions): ResolvedThrottle {
  const name = (member: string): string => `connectionThrottle.${member}`;
  return Object.freeze({
    tokens: whole(name("tokens"), options.tokens ?? 0, 0),
    fillTimeMs: whole(name("fillTimeMs"), options.fillTimeMs ?? 1, 1),
    fillCount: whole(name("fillCount"), options.fillCount ?? 1, 1),
    freezeTimeMs: whole(name("freezeTimeMs"), options.freezeTimeMs ?? -1, -1),
    dropIncrease: share(name("dropIncrease"), options.dropIncrease ?? 0.02),
    dropDecrease: share(name("dropDecrease"), options.dropDecrease ?? 0.002),
    decreaseRatio: share(name("decreaseRatio"), options.decreaseRatio ?? 0),
    weighted: options.weighted ?? false,
    globalSessionWeight: whole(name("globalSessionWeight"), options.globalSessionWeight ?? 3, 1),
    renewSessionWeight: whole(name("renewSessionWeight"), options.renewSessionWeight ?? 2, 1),
  });
}

function share(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new RangeError(`${name} must be from 0 to 1, and is ${value}`);
}

function whole(name: string, value: number, min: number, max = 2 ** 31 - 1): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, and is ${value}`);
}
