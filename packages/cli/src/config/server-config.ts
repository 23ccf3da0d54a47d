import { resolve } from "node:path";
import { ConfigError, type ConfigProblem } from "./config-error.js";
import { OTHER_KEYS, otherKey, SAFEGUARDS } from "./other-keys.js";
import { PropertiesError, type Property, parseProperties } from "./properties.js";
import { similarKey } from "./similar-key.js";
import { either, fourLetterWords, type ReadValue, someText, wholeNumber } from "./values.js";

const MAX_INT = 2 ** 31 - 1;
const port = wholeNumber(0, 65_535);
const bound = wholeNumber(1, MAX_INT, { value: -1, meaning: "for the default" });

/** How each key that a server acts on is read. `preAllocSize` counts KiB, times are milliseconds. */
const readers = {
  clientPort: port,
  clientPortAddress: someText,
  dataDir: someText,
  dataLogDir: someText,
  tickTime: wholeNumber(1, MAX_INT),
  minSessionTimeout: bound,
  maxSessionTimeout: bound,
  maxClientCnxns: wholeNumber(0, MAX_INT),
  snapCount: wholeNumber(2, MAX_INT),
  preAllocSize: wholeNumber(0, 2 ** 21 - 1),
  forceSync: either("yes", "no"),
  "jute.maxbuffer": wholeNumber(1024, MAX_INT),
  "4lw.commands.whitelist": fourLetterWords,
} satisfies Record<string, ReadValue<unknown>>;

type Key = keyof typeof readers;
type Values = { [K in Key]?: (typeof readers)[K] extends ReadValue<infer T> ? T : never };

/** What a configuration file says about a server; `undefined` stands for the server's default. */
export interface ServerConfig {
  /** 0 takes a free one. */
  readonly clientPort: number;
  /** `undefined`: all addresses of the machine. */
  readonly clientPortAddress: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly dataLogDir: string | undefined;
  readonly tickTimeMs: number | undefined;
  readonly minSessionTimeoutMs: number | undefined;
  readonly maxSessionTimeoutMs: number | undefined;
  /** From one address; 0 for no limit. */
  readonly maxClientConnections: number | undefined;
  readonly snapCount: number | undefined;
  readonly preAllocBytes: number | undefined;
  readonly forceSync: boolean | undefined;
  readonly maxFrameBytes: number | undefined;
  readonly fourLetterWords: readonly string[] | "*" | undefined;
}

/** A configuration, and what its author should know: keys that do nothing. */
export interface ParsedConfig {
  readonly config: ServerConfig;
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads the text of a `zoo.cfg`. `file` is its path, for messages; `workingFolder` is what relative paths start from.
 * Throws a {@link ConfigError} with everything that is wrong.
 */
export function parseServerConfig(text: string, file: string, workingFolder: string): ParsedConfig {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const values: Values = {};
  const lines = new Map<string, number>();
  for (const { key, value, line } of readProperties(text, file)) {
    const before = lines.get(key);
    if (before !== undefined) warnings.push({ line, message: `${key} stands in line ${before} too; this one counts` });
    lines.set(key, line);
    if (isKey(key)) readValue(values, key, { key, value: value.trim(), line }, problems);
    else judgeOther({ key, value: value.trim(), line }, problems, warnings);
  }
  judgeServers([...lines.keys()], lines, problems, warnings);
  judgeWhole(values, lines, problems);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return { config: toConfig(values, workingFolder), warnings: [...warnings, ...wordWarnings(values, lines)] };
}

function readProperties(text: string, file: string): Property[] {
  try {
    return parseProperties(text);
  } catch (error) {
    if (error instanceof PropertiesError) throw new ConfigError(file, [error]);
    throw error;
  }
}

const isKey = (key: string): key is Key => Object.hasOwn(readers, key);

function readValue<K extends Key>(values: Values, key: K, { value, line }: Property, problems: ConfigProblem[]): void {
  const result = (readers[key] as ReadValue<Values[K]>)(value);
  if ("value" in result) values[key] = result.value;
  else problems.push({ line, message: `${key} is "${value}", and must be ${result.allowed}` });
}

/** Keys that name the members of an ensemble. */
const MEMBER = /^(?:server\.\d+|group\.\d+|weight\.\d+|dynamicConfigFile)$/;

function judgeOther({ key, value, line }: Property, problems: ConfigProblem[], warnings: ConfigProblem[]): void {
  if (MEMBER.test(key)) return;
  const unsafe = SAFEGUARDS[key];
  if (unsafe !== undefined) {
    if (value.toLowerCase() !== "false") {
      const message = `${key} is "${value}", but this version cannot keep out ${unsafe}; it does not start with that promise`;
      problems.push({ line, message });
    }
    return;
  }
  const other = otherKey(key);
  if (other === undefined) {
    const similar = similarKey(key, [...Object.keys(readers), ...OTHER_KEYS]);
    const question = similar === undefined ? "" : `; is ${similar} meant?`;
    warnings.push({ line, message: `${key} is not a key of ZooKeeper, and does nothing${question}` });
  } else if (other.kind === "not-yet") {
    warnings.push({ line, message: `this version does not act on ${key}: ${other.instead}` });
  } else if (other.kind === "of-java") {
    warnings.push({ line, message: `${key} is about Apache's Java server, and does nothing here` });
  }
}

/** One member alone is a server of its own, as in Apache's. */
function judgeServers(
  keys: readonly string[],
  lines: ReadonlyMap<string, number>,
  problems: ConfigProblem[],
  warnings: ConfigProblem[],
): void {
  const servers = keys.filter((key) => key.startsWith("server.") && MEMBER.test(key));
  const line = lines.get(servers[0] ?? "dynamicConfigFile");
  if (servers.length === 1) {
    warnings.push({ line, message: `${servers[0]} is the only server: it serves alone, and the line does nothing` });
  } else if (servers.length > 1 || line !== undefined) {
    const what = servers.length > 1 ? `${servers.length} servers` : "a dynamicConfigFile";
    const message =
      `${what}: this version serves alone, and cannot be a member of an ensemble. Take Apache ZooKeeper for the ensemble ` +
      "(clients of Conclave work with it, by a connect string of all its servers), or leave these lines out to start a server of its own.";
    problems.push({ line, message });
  }
}

function judgeWhole(values: Values, lines: ReadonlyMap<string, number>, problems: ConfigProblem[]): void {
  if (!lines.has("dataDir"))
    problems.push({ message: "dataDir is missing: the folder for snapshots and transaction logs" });
  if (!lines.has("clientPort")) problems.push({ message: "clientPort is missing: the port for clients, usually 2181" });
  const tick = values.tickTime ?? 3000;
  const min = given(values.minSessionTimeout) ?? 2 * tick;
  const max = given(values.maxSessionTimeout) ?? 20 * tick;
  if (min <= max) return;
  const key = given(values.minSessionTimeout) === undefined ? "maxSessionTimeout" : "minSessionTimeout";
  const message = `minSessionTimeout is ${min} ms, and maxSessionTimeout ${max} ms, which is less (unless set, they are 2 and 20 times tickTime, ${tick} ms)`;
  problems.push({ line: lines.get(key), message });
}

/** -1 asks for the default. */
const given = (value: number | undefined): number | undefined => (value === -1 ? undefined : value);

function toConfig(values: Values, workingFolder: string): ServerConfig {
  const { dataLogDir, preAllocSize } = values;
  return {
    clientPort: values.clientPort!,
    clientPortAddress: values.clientPortAddress,
    dataDir: resolve(workingFolder, values.dataDir!),
    dataLogDir: dataLogDir === undefined ? undefined : resolve(workingFolder, dataLogDir),
    tickTimeMs: values.tickTime,
    minSessionTimeoutMs: given(values.minSessionTimeout),
    maxSessionTimeoutMs: given(values.maxSessionTimeout),
    maxClientConnections: values.maxClientCnxns,
    snapCount: values.snapCount,
    preAllocBytes: preAllocSize === undefined ? undefined : preAllocSize * 1024,
    forceSync: values.forceSync,
    maxFrameBytes: values["jute.maxbuffer"],
    fourLetterWords: values["4lw.commands.whitelist"],
  };
}

/** The four-letter words that the server answers if they are listed. */
export const ANSWERED_WORDS: readonly string[] = ["ruok", "isro", "srvr", "stat", "mntr"];

function wordWarnings(values: Values, lines: ReadonlyMap<string, number>): ConfigProblem[] {
  const words = values["4lw.commands.whitelist"];
  if (words === undefined || words === "*") return [];
  const unknown = words.filter((word) => !ANSWERED_WORDS.includes(word));
  if (unknown.length === 0) return [];
  const message = `this version does not answer the four-letter words ${unknown.join(", ")}`;
  return [{ line: lines.get("4lw.commands.whitelist"), message }];
}
