import { silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import type { AdminOptions, MetricsOptions } from "./admin-options.js";
import type { EnsembleOptions } from "./ensemble-options.js";
import { fraction, type NumberOption, type Option, option, port, whole } from "./option.js";
import type { ServerOptions } from "./server-options.js";
import type { ConnectionThrottleOptions, RequestThrottleOptions } from "./throttle-options.js";

type Given<T> = Exclude<T, undefined>;
/** Every member of an interface of options must be declared. */
type Declares<T> = { readonly [K in keyof T]-?: Option<Given<T[K]>> | Option<T[K]> };
type Nested = "connectionThrottle" | "requestThrottle" | "admin" | "metrics" | "ensemble";

const MIN_SECRET_LENGTH = 16;
const AUTH_SCHEMES: readonly string[] = ["digest", "ip", "x509", "sasl", "world"];
/** All 32 bits of a zxid's counter. */
const LARGEST_COUNTER = 0xffff_ffff;
const LOOPBACK = "127.0.0.1";
const ms = "ms";

const ticks = (count: number) => (resolved: Readonly<Record<string, unknown>>) =>
  count * (resolved.tickTimeMs as number);

/** Options of a server other than groups. Their documentation, with the same keys and defaults, is in `ServerOptions`. */
export const serverTable = {
  clientPort: port({ key: "clientPort", shown: "none" }),
  secureClientPort: port({ key: "secureClientPort", shown: "none" }),
  secureClientPortAddress: option(LOOPBACK, { key: "secureClientPortAddress", shown: "all addresses" }),
  tls: option<ServerOptions["tls"]>(undefined),
  clientPortAddress: option(LOOPBACK, { key: "clientPortAddress", shown: "all addresses" }),
  clientPortListenBacklog: option<number | undefined>(undefined, {
    key: "clientPortListenBacklog",
    shown: "the operating system's",
  }),
  dataDir: option<string | undefined>(undefined, { key: "dataDir", shown: "none" }),
  portUnification: option(false, { key: "client.portUnification" }),
  dataLogDir: option<string | undefined>(undefined, { key: "dataLogDir", shown: "as dataDir" }),
  tickTimeMs: whole(3000, 1, { key: "tickTime", unit: ms }),
  minSessionTimeoutMs: whole(ticks(2), 1, { key: "minSessionTimeout", unit: ms, shown: "2 ticks" }),
  maxSessionTimeoutMs: whole(ticks(20), 1, { key: "maxSessionTimeout", unit: ms, shown: "20 ticks" }),
  maxClientConnections: whole(60, 0, { key: "maxClientCnxns" }),
  snapCount: whole(100_000, 2, { key: "snapCount", unit: "transactions" }),
  preAllocBytes: whole(67_108_864, 0, { key: "preAllocSize", unit: "KiB", scale: 1024 }),
  forceSync: option(true, { key: "forceSync", shown: "yes" }),
  maxOutstanding: whole(1000, 1),
  maxFrameBytes: whole(1_048_575, 1024, { key: "jute.maxbuffer", unit: "bytes" }),
  fourLetterWords: option<readonly string[] | "*">(["srvr"], { key: "4lw.commands.whitelist" }),
  extendedTypesEnabled: option(false, { key: "extendedTypesEnabled" }),
  containerCheckIntervalMs: whole(60_000, 1, { key: "znode.container.checkIntervalMs", unit: ms }),
  sessionSecret: option<boolean | string>(true, {
    key: "conclave.sessionSecret",
    shown: "false",
    check: (value) =>
      typeof value === "boolean" || value.length >= MIN_SECRET_LENGTH
        ? undefined
        : `true, false, or a text of ${MIN_SECRET_LENGTH} characters or more`,
  }),
  superDigest: option<string | undefined>(undefined, {
    key: "DigestAuthenticationProvider.superDigest",
    shown: "none",
  }),
  digestAuthEnabled: option(true, { key: "DigestAuthenticationProvider.enabled" }),
  letAnySaslUserDoX: option<string | undefined>(undefined, { key: "letAnySaslUserDoX", shown: "none" }),
  digestAlgorithm: option("sha1", { key: "DigestAuthenticationProvider.digestAlg", shown: "SHA1" }),
  x509SuperUser: option<string | undefined>(undefined, { key: "X509AuthenticationProvider.superUser", shown: "none" }),
  saslUsers: option<ServerOptions["saslUsers"]>(undefined),
  saslSuperUsers: option<readonly string[]>([]),
  allowSaslFailedClients: option(false, { key: "allowSaslFailedClients" }),
  sessionRequireClientSaslAuth: option(false, { key: "sessionRequireClientSASLAuth" }),
  enforceAuthSchemes: option<readonly string[]>([], {
    key: "enforce.auth.schemes",
    shown: "none",
    check: (value) =>
      value.every((scheme) => AUTH_SCHEMES.includes(scheme)) ? undefined : `among ${AUTH_SCHEMES.join(", ")}`,
  }),
  readOnlyMode: option(false, { key: "readonlymode.enabled" }),
  maxConnections: whole(0, 0, { key: "maxCnxns", shown: "0, no limit" }),
  globalOutstandingLimit: whole(1000, 1, { key: "globalOutstandingLimit", unit: "requests" }),
  largeRequestThreshold: whole(-1, -1, { key: "largeRequestThreshold", unit: "bytes", shown: "-1, none" }),
  largeRequestMaxBytes: whole(104_857_600, 1, { key: "largeRequestMaxBytes", unit: "bytes" }),
  maxUnsentBytes: whole(16_777_216, 1),
  maxWatchesPerConnection: whole(200_000, 1),
  maxWatches: whole(2_000_000, 1),
  trustEmptySnapshot: option(false, { key: "snapshot.trust.empty" }),
  digestEnabled: option(true, { key: "digest.enabled" }),
  autoCreateDataDir: option(true, { key: "datadir.autocreate" }),
  privateFiles: option(true, { key: "conclave.privateFiles" }),
  fsyncWarningThresholdMs: whole(1_000, 0, { key: "fsync.warningthresholdms", unit: ms }),
  sessionlessTimeoutMs: whole(10_000, 1, { key: "nio.sessionlessCnxnTimeout", unit: ms }),
  snapshotCompression: option<"none" | "gz">("none", { key: "snapshot.compression.method" }),
  snapRetainCount: whole(3, 3, { key: "autopurge.snapRetainCount", unit: "snapshots" }),
  purgeIntervalMs: whole(0, 0, {
    key: "autopurge.purgeInterval",
    unit: "hours",
    scale: 3_600_000,
    shown: "0, never",
    max: Number.MAX_SAFE_INTEGER,
  }),
  auditEnable: option(false, { key: "audit.enable" }),
  enforceQuota: option(false, { key: "enforceQuota" }),
  skipAcl: option(false, { key: "skipACL", shown: "no" }),
  onFailure: option<(cause: unknown) => void>(() => {}),
  logger: option(silentLogger),
  clock: option(systemClock),
  random: option(systemRandom),
} as const satisfies Declares<Omit<ServerOptions, Nested>>;

/** Options of the AdminServer (`admin`). */
export const adminTable = {
  port: whole(8080, 0, { key: "admin.serverPort", max: 65_535 }),
  address: option(LOOPBACK, { key: "admin.serverAddress" }),
  isOptional: option(false),
  commandUrl: option<string>("/commands", {
    key: "admin.commandURL",
    check: (value) => (/^\/.*[^/]$/.test(value) ? undefined : "a path"),
  }),
  allowedHosts: option<readonly string[] | "*">([], {
    key: "admin.allowedHosts",
    shown: "localhost, IP addresses, and this machine's name",
  }),
  idleTimeoutMs: whole(30_000, 1, { key: "admin.idleTimeout", unit: ms }),
  snapshotEnabled: option(true, { key: "admin.snapshot.enabled" }),
  restoreEnabled: option(true, { key: "admin.restore.enabled" }),
  rateLimiterIntervalMs: whole(300_000, 0, { key: "admin.rateLimiterIntervalInMS", unit: ms }),
} as const satisfies Declares<AdminOptions>;

/** Options of the port for Prometheus (`metrics`). */
export const metricsTable = {
  port: whole(7000, 0, { key: "metricsProvider.httpPort", max: 65_535 }),
  address: option(LOOPBACK, { key: "metricsProvider.httpHost", shown: "0.0.0.0" }),
  exportRuntimeInfo: option(true, { key: "metricsProvider.exportJvmInfo" }),
} as const satisfies Declares<MetricsOptions>;

/** Options of the limit of new sessions (`connectionThrottle`). */
export const connectionThrottleTable = {
  tokens: whole(0, 0, { key: "connection_throttle_tokens", shown: "0, no limit" }),
  fillTimeMs: whole(1, 1, { key: "connection_throttle_fill_time", unit: ms }),
  fillCount: whole(1, 1, { key: "connection_throttle_fill_count" }),
  freezeTimeMs: whole(-1, -1, { key: "connection_throttle_freeze_time", unit: ms, shown: "-1, never" }),
  dropIncrease: fraction(0.02, { key: "connection_throttle_drop_increase" }),
  dropDecrease: fraction(0.002, { key: "connection_throttle_drop_decrease" }),
  decreaseRatio: fraction(0, { key: "connection_throttle_decrease_ratio" }),
  weighted: option(false, { key: "connection_throttle_weight_enabled" }),
  globalSessionWeight: whole(3, 1, { key: "connection_throttle_global_session_weight" }),
  localSessionWeight: whole(1, 1, { key: "connection_throttle_local_session_weight" }),
  renewSessionWeight: whole(2, 1, { key: "connection_throttle_renew_session_weight" }),
} as const satisfies Declares<ConnectionThrottleOptions>;

/** Options of the limit of requests in process (`requestThrottle`). */
export const requestThrottleTable = {
  maxRequests: whole(1, 1, { key: "requestThrottleLimit", unit: "requests", shown: "0, no limit" }) as NumberOption,
  refuseAfterMs: whole(0, 0, { key: "throttledOpWaitTime", unit: ms, shown: "0, never" }),
  closesStale: option(false, { key: "requestStaleLatencyCheck" }),
} as const satisfies Declares<RequestThrottleOptions>;

/** Options of a member of an ensemble (`ensemble`). */
export const ensembleTable = {
  id: whole(0, 1, { max: 255 }),
  servers: option<string>("", { check: (value) => (value === "" ? "the lines server.N of all servers" : undefined) }),
  joinAs: option<string | undefined>(undefined),
  initLimit: whole(10, 1, { key: "initLimit", unit: "ticks" }),
  syncLimit: whole(5, 1, { key: "syncLimit", unit: "ticks" }),
  reconfigEnabled: option(false, { key: "reconfigEnabled" }),
  standaloneEnabled: option(true, { key: "standaloneEnabled" }),
  configFile: option<string | undefined>(undefined),
  localSessionsEnabled: option(false, { key: "localSessionsEnabled" }),
  localSessionsUpgradingEnabled: option(false, { key: "localSessionsUpgradingEnabled" }),
  largestCounter: whole(LARGEST_COUNTER, 2, { max: LARGEST_COUNTER }),
  listenAddress: option<string | undefined>(undefined),
  observerMasterPort: whole(0, 0, { key: "observerMasterPort", shown: "0, none", max: 65_535 }),
  observerReconnectDelayMs: whole(0, 0, { key: "observer.reconnectDelayMs", unit: ms }),
  observerElectionDelayMs: whole(200, 0, { key: "observer.election.DelayMs", unit: ms }),
  emptyDataVotes: option(true),
  locate: option<EnsembleOptions["locate"]>(undefined),
  sslQuorum: option(false, { key: "sslQuorum" }),
  portUnification: option(false, { key: "portUnification" }),
  tls: option<EnsembleOptions["tls"]>(undefined),
  saslEnabled: option(false, { key: "quorum.auth.enableSasl" }),
  saslLearnerRequired: option(false, { key: "quorum.auth.learnerRequireSasl" }),
  saslServerRequired: option(false, { key: "quorum.auth.serverRequireSasl" }),
  saslUsers: option<EnsembleOptions["saslUsers"]>(undefined),
  saslUser: option<EnsembleOptions["saslUser"]>(undefined),
} as const satisfies Declares<EnsembleOptions>;
