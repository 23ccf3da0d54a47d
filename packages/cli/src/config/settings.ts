import {
  anyOf,
  compression,
  decodedInt,
  decodedLong,
  either,
  flag,
  fourLetterWords,
  fraction,
  namesOrAny,
  type ReadValue,
  secret,
  someText,
  wholeNumber,
  words,
} from "./values.js";

const MAX_INT = 2 ** 31 - 1;
/** The storage reads no record above 256 MiB: a larger request could be written, but not read at the next start. */
const MAX_FRAME_BYTES = 2 ** 28 - 1;
const port = wholeNumber(0, 65_535);
const bound = wholeNumber(1, MAX_INT, { value: -1, meaning: "for the default" });
const count = wholeNumber(0, MAX_INT);
const decodedCount = decodedInt(0, MAX_INT);

/** One key that is implemented. */
interface Setting<T> {
  readonly read: ReadValue<T>;
  /** The default, for the output of `conclave check`. */
  readonly standard: string;
  /** Unit, for the output of `conclave check`. */
  readonly unit?: string;
  /** Other names of the key, in a file or with the prefix `zookeeper.` as a system property. */
  readonly also?: readonly string[];
}

/** Checks an entry of the table, and keeps its type. */
const setting = <T>(
  read: ReadValue<T>,
  standard: string,
  more: { readonly unit?: string; readonly also?: readonly string[] } = {},
): Setting<T> => ({ read, standard, ...more });

/** Java's names of digests, and Node.js's. */
const DIGESTS = { SHA1: "sha1", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512", "SHA3-256": "sha3-256" };

/**
 * Implemented keys, each with its reader. Most are system properties of Java too: `zookeeper.` and the key. Units and the
 * format of numbers (java-number.ts) are Apache's.
 */
export const settings = {
  clientPort: setting(port, "none"),
  clientPortAddress: setting(someText, "all addresses"),
  secureClientPort: setting(port, "none"),
  secureClientPortAddress: setting(someText, "all addresses"),
  "client.portUnification": setting(flag, "false"),
  "client.certReload": setting(flag, "false"),
  clientPortListenBacklog: setting(
    wholeNumber(1, MAX_INT, { value: -1, meaning: "for the default" }),
    "the operating system's",
  ),
  dataDir: setting(someText, "none"),
  dataLogDir: setting(someText, "as dataDir"),
  tickTime: setting(wholeNumber(1, MAX_INT), "3000", { unit: "ms" }),
  minSessionTimeout: setting(bound, "2 ticks", { unit: "ms" }),
  maxSessionTimeout: setting(bound, "20 ticks", { unit: "ms" }),
  maxClientCnxns: setting(count, "60"),
  maxCnxns: setting(decodedCount, "0, no limit"),
  snapCount: setting(decodedInt(2, MAX_INT), "100000", { unit: "transactions" }),
  preAllocSize: setting(wholeNumber(0, 2 ** 21 - 1), "65536", { unit: "KiB" }),
  forceSync: setting(either("yes", "no"), "yes"),
  "autopurge.snapRetainCount": setting(count, "3", { unit: "snapshots" }),
  "autopurge.purgeInterval": setting(wholeNumber(-1, MAX_INT), "0, never", { unit: "hours" }),
  "datadir.autocreate": setting(flag, "true"),
  "fsync.warningthresholdms": setting(decodedLong(0, MAX_INT), "1000", { unit: "ms" }),
  "snapshot.trust.empty": setting(flag, "false"),
  "snapshot.compression.method": setting(compression, "none"),
  "digest.enabled": setting(flag, "true"),
  globalOutstandingLimit: setting(decodedInt(1, MAX_INT), "1000", { unit: "requests" }),
  requestThrottleLimit: setting(decodedCount, "0, no limit", {
    unit: "requests",
    also: ["request_throttle_max_requests"],
  }),
  throttledOpWaitTime: setting(decodedCount, "0, never", { unit: "ms", also: ["throttled_op_wait_time"] }),
  requestStaleLatencyCheck: setting(flag, "false", { also: ["request_stale_latency_check"] }),
  largeRequestThreshold: setting(decodedInt(1, MAX_INT, { value: -1, meaning: "for none" }), "-1, none", {
    unit: "bytes",
  }),
  largeRequestMaxBytes: setting(decodedInt(1, MAX_INT), "104857600", { unit: "bytes" }),
  "jute.maxbuffer": setting(decodedInt(1024, MAX_FRAME_BYTES), "1048575", { unit: "bytes" }),
  "4lw.commands.whitelist": setting(fourLetterWords, "srvr"),
  "readonlymode.enabled": setting(flag, "false"),
  extendedTypesEnabled: setting(flag, "false"),
  "znode.container.checkIntervalMs": setting(decodedInt(1, MAX_INT), "60000", { unit: "ms" }),
  enforceQuota: setting(flag, "false"),
  skipACL: setting(either("yes", "no"), "no"),
  "DigestAuthenticationProvider.enabled": setting(flag, "true"),
  "DigestAuthenticationProvider.superDigest": setting(someText, "none"),
  "DigestAuthenticationProvider.digestAlg": setting(anyOf(DIGESTS), "SHA1"),
  "X509AuthenticationProvider.superUser": setting(someText, "none"),
  letAnySaslUserDoX: setting(someText, "none"),
  allowSaslFailedClients: setting(flag, "false"),
  sessionRequireClientSASLAuth: setting(flag, "false"),
  "enforce.auth.enabled": setting(flag, "false"),
  "enforce.auth.schemes": setting(words, "none"),
  "conclave.privateFiles": setting(flag, "true"),
  "conclave.sessionSecret": setting(secret, "false"),
  "audit.enable": setting(flag, "false"),
  "admin.enableServer": setting(flag, "true"),
  "admin.serverPort": setting(decodedInt(0, 65_535), "8080"),
  "admin.serverAddress": setting(someText, "127.0.0.1"),
  "admin.allowedHosts": setting(namesOrAny, "localhost, IP addresses, and this machine's name"),
  "admin.commandURL": setting(someText, "/commands"),
  "admin.idleTimeout": setting(decodedInt(1, MAX_INT), "30000", { unit: "ms" }),
  "admin.snapshot.enabled": setting(flag, "true"),
  "admin.restore.enabled": setting(flag, "true"),
  "admin.rateLimiterIntervalInMS": setting(count, "300000", { unit: "ms" }),
  "metricsProvider.className": setting(
    anyOf({
      "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider": true,
      "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider": false,
      "org.apache.zookeeper.metrics.impl.NullMetricsProvider": false,
    }),
    "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
  ),
  "metricsProvider.httpHost": setting(someText, "0.0.0.0"),
  "metricsProvider.httpPort": setting(port, "7000"),
  "metricsProvider.exportJvmInfo": setting(flag, "true"),
  "nio.sessionlessCnxnTimeout": setting(decodedInt(1, MAX_INT), "10000", { unit: "ms" }),
  connection_throttle_tokens: setting(decodedCount, "0, no limit", { also: ["connectionMaxTokens"] }),
  connection_throttle_fill_time: setting(decodedInt(1, MAX_INT), "1", {
    unit: "ms",
    also: ["connectionTokenFillTime"],
  }),
  connection_throttle_fill_count: setting(decodedInt(1, MAX_INT), "1", { also: ["connectionTokenFillCount"] }),
  connection_throttle_freeze_time: setting(decodedInt(-1, MAX_INT), "-1, never", {
    unit: "ms",
    also: ["connectionFreezeTime"],
  }),
  connection_throttle_drop_increase: setting(fraction, "0.02", { also: ["connectionDropIncrease"] }),
  connection_throttle_drop_decrease: setting(fraction, "0.002", { also: ["connectionDropDecrease"] }),
  connection_throttle_decrease_ratio: setting(fraction, "0", { also: ["connectionDecreaseRatio"] }),
  connection_throttle_weight_enabled: setting(flag, "false"),
  connection_throttle_global_session_weight: setting(decodedInt(1, MAX_INT), "3"),
  connection_throttle_renew_session_weight: setting(decodedInt(1, MAX_INT), "2"),
} satisfies Record<string, Setting<unknown>>;

export type Key = keyof typeof settings;

/** Values by key. */
export type Values = { [K in Key]?: (typeof settings)[K] extends Setting<infer T> ? T : never };

const byName = new Map<string, Key>();
for (const [key, { also }] of Object.entries<Setting<unknown>>(settings)) {
  for (const name of [key, ...(also ?? [])]) byName.set(name, key as Key);
}

/** All names of implemented keys. */
export const SETTING_NAMES: readonly string[] = [...byName.keys()];

/** Returns the key with this name; `undefined` if it is not implemented. */
export function keyNamed(name: string): Key | undefined {
  return byName.get(name);
}
