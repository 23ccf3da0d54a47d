import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ConfigurableOption, configurableOptions, type ServerOptions } from "@conclave/server";
import { ConfigError, type ConfigProblem } from "./config-error.js";
import type { ReadText } from "./dynamic-file.js";
import { type Given, gather } from "./given.js";
import { type Judgement, judgeOther, judgeWhole } from "./judge.js";
import { judgeMembers, type ReadMyId } from "./members.js";
import { type Key, keyNamed, settings, type Values } from "./settings.js";
import type { ReadValue } from "./values.js";

/** Options without a key. */
type NotConfigured =
  | "maxOutstanding"
  | "maxUnsentBytes"
  | "onFailure"
  | "logger"
  | "clock"
  | "random"
  | "tls"
  | "saslUsers";

/** Options of a server from a configuration; `undefined` means the server's default. Folders are absolute. */
export interface ServerConfig extends Omit<ServerOptions, NotConfigured> {
  readonly dataDir: string;
  /** Apache's `ssl.*` properties: for `readApacheTls`. */
  readonly tlsProperties: Readonly<Record<string, string>>;
  /** Reloads the TLS files when they change. */
  readonly certReload: boolean | undefined;
  /** Apache's `ssl.quorum.*` properties: for `readApacheQuorumTls`. */
  readonly quorumTlsProperties: Readonly<Record<string, string>>;
  /** Reloads the TLS files for other servers when they change. */
  readonly quorumCertReload: boolean | undefined;
  /** File with the passwords for SASL, and its sections. */
  readonly jaas: JaasSource | undefined;
}

/** File with users and passwords for SASL. */
export interface JaasSource {
  readonly file: string;
  /** Section with the users of clients. */
  readonly section: string;
  /** Section with the users of other servers. */
  readonly quorumServer: string;
  /** Section with this server's user for other servers. */
  readonly quorumLearner: string;
}

/** A configuration, the source of each value, and warnings about keys without effect. */
export interface ParsedConfig {
  readonly config: ServerConfig;
  /** All given keys, including those without effect. */
  readonly given: readonly Given[];
  readonly warnings: readonly ConfigProblem[];
}

const JAAS_FILE = "java.security.auth.login.config";
/** Keys that name sections, each with its default. */
const JAAS_SECTIONS = {
  "sasl.serverconfig": "Server",
  "quorum.auth.server.saslLoginContext": "QuorumServer",
  "quorum.auth.learner.saslLoginContext": "QuorumLearner",
};
type SectionKey = keyof typeof JAAS_SECTIONS;
const isSectionKey = (key: string): key is SectionKey => Object.hasOwn(JAAS_SECTIONS, key);

const TLS_KEY =
  /^ssl\.(?:quorum\.)?(?:(?:keyStore|trustStore)\..*|clientAuth|protocol|enabledProtocols|ciphersuites|handshakeDetectionTimeoutMillis)$/;
/** Files with revocation lists: Java downloads them instead, and has no such key. */
const CRL_KEY = /^conclave\.ssl\.(?:quorum\.)?crl\.location$/;
const QUORUM_TLS_KEY = /^ssl\.quorum\.(?:hostnameVerification|clientHostnameVerification|allowReverseDnsLookup)$/;

/**
 * Reads the text of a `zoo.cfg` and Java's system properties (`name=value`). `file` is its path, for messages; relative
 * paths start from `workingFolder`; `readMyId` gets an absolute `dataDir`, `readText` an absolute path. Throws a
 * {@link ConfigError} with all problems.
 */
export function parseServerConfig(
  text: string,
  file: string,
  workingFolder: string,
  systemProperties: readonly string[] = [],
  readMyId: ReadMyId = () => undefined,
  readText: ReadText = (path) => readFileSync(path, "utf8"),
): ParsedConfig {
  const judgement: Judgement = { problems: [], warnings: [] };
  const { problems, warnings } = judgement;
  const given = gather(text, file, systemProperties, warnings);
  const values: Values = {};
  const lines = new Map(given.map((each) => [each.key, each]));
  const extra = new Extra();
  for (const each of given) {
    const key = keyNamed(each.key);
    if (key !== undefined) readValue(values, key, each, judgement);
    else if (!extra.take(each)) judgeOther(each, lines, judgement);
  }
  judgeWhole(values, lines, judgement);
  const absolute = (path: string): string => resolve(workingFolder, path);
  const files = {
    configFile: absolute(file),
    readMyId: (dataDir: string) => readMyId(absolute(dataDir)),
    readText: (path: string) => readText(absolute(path)),
  };
  const membership = judgeMembers(values, lines, files, judgement);
  if (problems.length > 0) throw new ConfigError(file, problems);
  const ensemble = membership && { ...declaredOptions(values, "ensemble"), ...membership };
  return { config: { ...toConfig(values, extra, workingFolder), ensemble }, given, warnings };
}

function readValue<K extends Key>(values: Values, key: K, given: Given, { problems, warnings }: Judgement): void {
  const { value, line, argument } = given;
  const result = (settings[key].read as ReadValue<Values[K]>)(value);
  if ("value" in result) {
    values[key] = result.value;
  } else if ("allowed" in result) {
    problems.push({ line, argument, message: `${key} is "${value}", and must be ${result.allowed}` });
  } else {
    const message = `${key} is "${value}": ${result.ignored}, so the default is used (${settings[key].standard})`;
    warnings.push({ line, argument, message });
  }
}

/** Keys with more than one name or value. */
class Extra {
  readonly tls: Record<string, string> = {};
  readonly superUsers: string[] = [];
  jaasFile: string | undefined;
  readonly jaasSections: Record<SectionKey, string> = { ...JAAS_SECTIONS };

  take({ key, value }: Given): boolean {
    if (TLS_KEY.test(key) || QUORUM_TLS_KEY.test(key) || CRL_KEY.test(key)) {
      this.tls[key] = value;
    } else if (/^superUser(?:\.\w+)?$/.test(key)) {
      this.superUsers.push(value);
    } else if (key === JAAS_FILE) {
      this.jaasFile = value;
    } else if (isSectionKey(key)) {
      this.jaasSections[key] = value;
    } else {
      return false;
    }
    return true;
  }
}

/** -1 means the default. */
const orDefault = (value: number | undefined): number | undefined => (value === -1 ? undefined : value);
const HOUR_MS = 3_600_000;
const MAX_INT = 2 ** 31 - 1;

/** Returns the given options of the server, or of a group of options, in the server's names and units. */
function declaredOptions(values: Values, wanted?: ConfigurableOption["group"]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { key, name, group, scale } of configurableOptions()) {
    const value: unknown = values[key as Key];
    if (group !== wanted || value === undefined) continue;
    given[name] = typeof value === "number" ? value * scale : value;
  }
  return given;
}

function toConfig(values: Values, extra: Extra, workingFolder: string): ServerConfig {
  const path = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : resolve(workingFolder, value);
  return {
    ...(declaredOptions(values) as ServerOptions),
    dataDir: path(values.dataDir)!,
    dataLogDir: path(values.dataLogDir),
    clientPortListenBacklog: orDefault(values.clientPortListenBacklog),
    minSessionTimeoutMs: orDefault(values.minSessionTimeout),
    maxSessionTimeoutMs: orDefault(values.maxSessionTimeout),
    ...purgeOf(values),
    connectionThrottle: throttleOf(values),
    requestThrottle: requestThrottleOf(values),
    fourLetterWords: values["4lw.commands.whitelist"],
    // Apache's server could not resume sessions with other passwords than its own.
    sessionSecret: values["conclave.sessionSecret"] ?? false,
    enforceAuthSchemes: values["enforce.auth.enabled"] === true ? values["enforce.auth.schemes"] : undefined,
    admin: adminOf(values),
    metrics: metricsOf(values),
    saslSuperUsers: extra.superUsers.length === 0 ? undefined : extra.superUsers,
    tlsProperties: propertiesOf(extra.tls, (key) => !key.includes("ssl.quorum.")),
    certReload: values["client.certReload"],
    quorumTlsProperties: propertiesOf(extra.tls, (key) => key.includes("ssl.quorum.")),
    quorumCertReload: values.sslQuorumReloadCertFiles,
    jaas: extra.jaasFile === undefined ? undefined : jaasOf(path(extra.jaasFile)!, extra.jaasSections),
  };
}

function propertiesOf(
  given: Readonly<Record<string, string>>,
  isWanted: (key: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => isWanted(key)));
}

function jaasOf(file: string, sections: Readonly<Record<SectionKey, string>>): JaasSource {
  return {
    file,
    section: sections["sasl.serverconfig"],
    quorumServer: sections["quorum.auth.server.saslLoginContext"],
    quorumLearner: sections["quorum.auth.learner.saslLoginContext"],
  };
}

function purgeOf(values: Values): Pick<ServerOptions, "snapRetainCount" | "purgeIntervalMs"> {
  const snapRetainCount = values["autopurge.snapRetainCount"];
  const purgeHours = values["autopurge.purgeInterval"];
  return {
    snapRetainCount: snapRetainCount === undefined ? undefined : Math.max(snapRetainCount, 3),
    purgeIntervalMs: purgeHours === undefined ? undefined : Math.min(Math.max(purgeHours, 0) * HOUR_MS, MAX_INT),
  };
}

function throttleOf(values: Values): ServerOptions["connectionThrottle"] {
  const throttle = declaredOptions(values, "connectionThrottle");
  return Object.keys(throttle).length > 0 ? throttle : undefined;
}

function requestThrottleOf(values: Values): ServerOptions["requestThrottle"] {
  const { requestThrottleLimit: maxRequests = 0 } = values;
  return maxRequests === 0 ? undefined : { ...declaredOptions(values, "requestThrottle"), maxRequests };
}

const EVERY_ADDRESS = "0.0.0.0";

/** Apache's admin server answers at all addresses unless one is set; ours at this machine only. */
const LOOPBACK = "127.0.0.1";

/**
 * The admin server is there unless it is switched off. Where its default port is in use, the server does without, as
 * Apache's does in an ensemble (QuorumPeer.start); alone Apache's would not start.
 */
function adminOf(values: Values): ServerOptions["admin"] {
  const admin: NonNullable<ServerOptions["admin"]> = declaredOptions(values, "admin");
  if (values["admin.enableServer"] === false) return undefined;
  return { ...admin, address: admin.address ?? LOOPBACK, isOptional: admin.port === undefined };
}

function metricsOf(values: Values): ServerOptions["metrics"] {
  if (values["metricsProvider.className"] !== true) return undefined;
  return { ...declaredOptions(values, "metrics"), address: values["metricsProvider.httpHost"] ?? EVERY_ADDRESS };
}
