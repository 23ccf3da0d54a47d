import { type ConfigurableOption, configurableOptions } from "@conclave/server";
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
/** Options of the server by their key: the source of defaults, units and ranges. */
const declared = new Map(configurableOptions().map((each) => [each.key, each]));

/** One key that is implemented. */
interface Setting<T> {
  readonly read: ReadValue<T>;
  /** The default, for the output of `conclave check`. */
  readonly standard: string;
  /** Unit, for the output of `conclave check`. */
  readonly unit: string | undefined;
  /** Other names of the key, in a file or with the prefix `zookeeper.` as a system property. */
  readonly also: readonly string[];
}

/** Completes a setting by its key. */
type Entry<T> = (key: string) => Setting<T>;

/** A key of an option of the server. */
const option =
  <T>(read: ReadValue<T>, also: readonly string[] = []): Entry<T> =>
  (key) => {
    const { standard, unit } = declarationOf(key);
    return { read, standard, unit, also };
  };

/** A number in the range that the server declares. */
const number =
  (read: (min: number, max: number) => ReadValue<number>, also: readonly string[] = []): Entry<number> =>
  (key) => {
    const { min = 0, max = MAX_INT, scale } = declarationOf(key);
    return option(read(Math.ceil(min / scale), Math.floor(max / scale)), also)(key);
  };

/** A key of the command itself, with its default. */
const own =
  <T>(read: ReadValue<T>, standard: string): Entry<T> =>
  () => ({ read, standard, unit: undefined, also: [] });

function declarationOf(key: string): ConfigurableOption {
  const found = declared.get(key);
  if (found === undefined) throw new Error(`the server declares no option with the key ${key}`);
  return found;
}

/** -1 besides the numbers that have an effect. */
const orMinusOne = (read: typeof decodedInt, meaning: string) => read(1, MAX_INT, { value: -1, meaning });
const bound = option(orMinusOne(wholeNumber, "for the default"));

/** Java's names of digests, and Node.js's. */
const DIGESTS = { SHA1: "sha1", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512", "SHA3-256": "sha3-256" };

/**
 * Readers of the implemented keys; the server declares the rest. Most keys are system properties of Java too: `zookeeper.` and
 * the key. Units and the format of numbers (java-number.ts) are Apache's.
 */
const entries = {
  clientPort: number(wholeNumber),
  clientPortAddress: option(someText),
  secureClientPort: number(wholeNumber),
  secureClientPortAddress: option(someText),
  "client.portUnification": option(flag),
  "client.certReload": own(flag, "false"),
  clientPortListenBacklog: bound,
  dataDir: option(someText),
  dataLogDir: option(someText),
  tickTime: number(wholeNumber),
  initLimit: number(wholeNumber),
  syncLimit: number(wholeNumber),
  reconfigEnabled: option(flag),
  localSessionsEnabled: option(flag),
  standaloneEnabled: option(flag),
  localSessionsUpgradingEnabled: option(flag),
  observerMasterPort: number(wholeNumber),
  "observer.reconnectDelayMs": number(decodedLong),
  "observer.election.DelayMs": number(decodedLong),
  sslQuorum: option(flag),
  portUnification: option(flag),
  sslQuorumReloadCertFiles: own(flag, "false"),
  "quorum.auth.enableSasl": option(flag),
  "quorum.auth.learnerRequireSasl": option(flag),
  "quorum.auth.serverRequireSasl": option(flag),
  minSessionTimeout: bound,
  maxSessionTimeout: bound,
  maxClientCnxns: number(wholeNumber),
  maxCnxns: number(decodedInt),
  snapCount: number(decodedInt),
  preAllocSize: number(wholeNumber),
  forceSync: option(either("yes", "no")),
  // Fewer than three snapshots are raised to three, as Apache does.
  "autopurge.snapRetainCount": option(wholeNumber(0, MAX_INT)),
  "autopurge.purgeInterval": option(wholeNumber(-1, MAX_INT)),
  "datadir.autocreate": option(flag),
  "fsync.warningthresholdms": number(decodedLong),
  "snapshot.trust.empty": option(flag),
  "snapshot.compression.method": option(compression),
  "digest.enabled": option(flag),
  globalOutstandingLimit: number(decodedInt),
  requestThrottleLimit: option(decodedInt(0, MAX_INT), ["request_throttle_max_requests"]),
  throttledOpWaitTime: number(decodedInt, ["throttled_op_wait_time"]),
  requestStaleLatencyCheck: option(flag, ["request_stale_latency_check"]),
  largeRequestThreshold: option(orMinusOne(decodedInt, "for none")),
  largeRequestMaxBytes: number(decodedInt),
  "jute.maxbuffer": option(decodedInt(1024, MAX_FRAME_BYTES)),
  "4lw.commands.whitelist": option(fourLetterWords),
  "readonlymode.enabled": option(flag),
  extendedTypesEnabled: option(flag),
  "znode.container.checkIntervalMs": number(decodedInt),
  enforceQuota: option(flag),
  skipACL: option(either("yes", "no")),
  "DigestAuthenticationProvider.enabled": option(flag),
  "DigestAuthenticationProvider.superDigest": option(someText),
  "DigestAuthenticationProvider.digestAlg": option(anyOf(DIGESTS)),
  "X509AuthenticationProvider.superUser": option(someText),
  letAnySaslUserDoX: option(someText),
  allowSaslFailedClients: option(flag),
  sessionRequireClientSASLAuth: option(flag),
  "enforce.auth.enabled": own(flag, "false"),
  "enforce.auth.schemes": option(words),
  "conclave.privateFiles": option(flag),
  "conclave.sessionSecret": option(secret),
  "audit.enable": option(flag),
  "admin.enableServer": own(flag, "true"),
  "admin.serverPort": number(decodedInt),
  "admin.serverAddress": option(someText),
  "admin.allowedHosts": option(namesOrAny),
  "admin.commandURL": option(someText),
  "admin.idleTimeout": number(decodedInt),
  "admin.snapshot.enabled": option(flag),
  "admin.restore.enabled": option(flag),
  "admin.rateLimiterIntervalInMS": number(wholeNumber),
  "metricsProvider.className": own(
    anyOf({
      "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider": true,
      "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider": false,
      "org.apache.zookeeper.metrics.impl.NullMetricsProvider": false,
    }),
    "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
  ),
  "metricsProvider.httpHost": option(someText),
  "metricsProvider.httpPort": number(wholeNumber),
  "metricsProvider.exportJvmInfo": option(flag),
  "nio.sessionlessCnxnTimeout": number(decodedInt),
  connection_throttle_tokens: number(decodedInt, ["connectionMaxTokens"]),
  connection_throttle_fill_time: number(decodedInt, ["connectionTokenFillTime"]),
  connection_throttle_fill_count: number(decodedInt, ["connectionTokenFillCount"]),
  connection_throttle_freeze_time: number(decodedInt, ["connectionFreezeTime"]),
  connection_throttle_drop_increase: option(fraction, ["connectionDropIncrease"]),
  connection_throttle_drop_decrease: option(fraction, ["connectionDropDecrease"]),
  connection_throttle_decrease_ratio: option(fraction, ["connectionDecreaseRatio"]),
  connection_throttle_weight_enabled: option(flag),
  connection_throttle_global_session_weight: number(decodedInt),
  connection_throttle_local_session_weight: number(decodedInt),
  connection_throttle_renew_session_weight: number(decodedInt),
} satisfies Record<string, Entry<unknown>>;

export type Key = keyof typeof entries;

/** Values by key. */
export type Values = { [K in Key]?: (typeof entries)[K] extends Entry<infer T> ? T : never };

/** Implemented keys, each with its reader, default and unit. */
export const settings = Object.fromEntries(
  Object.entries<Entry<unknown>>(entries).map(([key, entry]) => [key, entry(key)]),
) as Readonly<Record<Key, Setting<unknown>>>;

const byName = new Map<string, Key>();
for (const [key, { also }] of Object.entries(settings)) {
  for (const name of [key, ...also]) byName.set(name, key as Key);
}

/** All names of implemented keys. */
export const SETTING_NAMES: readonly string[] = [...byName.keys()];

/** Returns the key with this name; `undefined` if it has no effect in this server. */
export function keyNamed(name: string): Key | undefined {
  return byName.get(name);
}
