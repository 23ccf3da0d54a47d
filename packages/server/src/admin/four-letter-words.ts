import { shownText } from "@conclave/runtime";
import type { ResolvedServerOptions } from "../options/server-options.js";
import { connectionLine } from "./connection-line.js";
import { environment } from "./environment.js";
import { metricLines } from "./metric-lines.js";
import { metricsOf } from "./server-metrics.js";
import type { ServerStatus } from "./server-status.js";

type Answer = (status: ServerStatus, argument: Uint8Array) => string | Promise<string>;

/*
 * Four-letter words, which people and monitors send instead of a handshake. Monitors parse the answers with regular expressions,
 * so each has exactly the layout of Apache's (server/command classes).
 */
const answers: Readonly<Record<string, Answer>> = {
  async conf(status) {
    const { ensemble, ...settings } = await status.configuration();
    const { membership, ...ofEnsemble } = ensemble ?? {};
    const all = Object.entries({ ...settings, ...ofEnsemble }).map(([name, value]) => `${name}=${value}`);
    return membership === undefined ? lines(all) : `${lines([...all, "membership: "])}${membership}`;
  },
  cons: ({ connections }) => `${lines([...connections].map((connection) => connectionLine(connection, "full")))}\n`,
  crst(status) {
    status.resetConnectionStatistics();
    return "Connection stats reset.\n";
  },
  async dirs(status) {
    const { dataDirSize, logDirSize } = await status.dataSizes();
    return lines([`datadir_size: ${dataDirSize}`, `logdir_size: ${logDirSize}`]);
  },
  dump: (status) => lines(["SessionTracker dump:", ...sessions(status), ...ephemerals(status), ...expiries(status)]),
  envi: (status) => lines(["Environment:", ...environment(status).map(([name, value]) => `${name}=${value}`)]),
  gtmk: ({ traceMask }) => String(traceMask),
  hash: ({ digestLog }) => lines([...digestLog].map(({ zxid, digest }) => `${zxid.toString(16)}: ${digest}`)),
  isro: ({ isServing, mode }) => (isServing ? (mode === "read-only" ? "ro" : "rw") : "null"),
  mntr: (status) => lines(metricLines(metricsOf(status), status)),
  ruok: () => "imok",
  srst(status) {
    status.resetStatistics();
    return "Server stats reset.\n";
  },
  srvr: (status) => lines([version(status), ...statistics(status)]),
  stat(status) {
    const clients = [...status.connections].map((connection) => connectionLine(connection, "brief"));
    return lines([version(status), "Clients:", ...clients, "", ...statistics(status)]);
  },
  stmk(status, argument) {
    status.traceMask = new DataView(argument.buffer, argument.byteOffset).getBigInt64(0);
    return String(status.traceMask);
  },
  wchc: (status) => `${lines(watches(status.watchesBySession(), hex, shownText))}\n`,
  wchp: (status) => `${lines(watches(status.watchesByPath(), shownText, hex))}\n`,
  wchs: (status) => lines(watchSummary(status)),
};

const WORD_BYTES = 4;
/** Words that need no server that serves. */
const INDEPENDENT: ReadonlySet<string> = new Set(["envi", "gtmk", "isro", "ruok", "stmk"]);
const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";
/** Arguments of commands: a long after `stmk`. */
const ARGUMENT_BYTES: Readonly<Record<string, number>> = { stmk: 8 };

/** Returns the words that are answered: with read-only mode also `isro`, by which clients find a read-only server (FourLetterCommands). */
export function allowedWords({
  fourLetterWords,
  readOnlyMode,
}: Pick<ResolvedServerOptions, "fourLetterWords" | "readOnlyMode">): readonly string[] | "*" {
  return fourLetterWords !== "*" && readOnlyMode ? [...fourLetterWords, "isro"] : fourLetterWords;
}

/** Answers the four-letter words of a server. */
export class FourLetterWords {
  readonly #allowed: ReadonlySet<string>;
  readonly #status: () => ServerStatus;

  /** @param allowed `4lw.commands.whitelist`, "*" for all; `srvr` is always answered, because Apache's zkServer.sh needs it */
  constructor(allowed: readonly string[] | "*", status: () => ServerStatus) {
    this.#allowed = new Set(allowed === "*" ? Object.keys(answers) : [...allowed, "srvr"]);
    this.#status = status;
  }

  /** Returns the length in bytes of the command that begins with these letters; `undefined` if they are none. */
  length(word: string): number | undefined {
    if (!Object.hasOwn(answers, word)) return undefined;
    return WORD_BYTES + (this.#allowed.has(word) ? (ARGUMENT_BYTES[word] ?? 0) : 0);
  }

  /** Returns the answer to a command of {@link length} bytes. */
  async answer(command: Uint8Array): Promise<string> {
    const status = this.#status();
    const word = String.fromCharCode(...command.subarray(0, WORD_BYTES));
    if (!this.#allowed.has(word)) return `${word} is not executed because it is not in the whitelist.\n`;
    if (!status.isServing && !INDEPENDENT.has(word)) return NOT_SERVING;
    return answers[word]!(status, command.subarray(WORD_BYTES));
  }
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

function version(status: ServerStatus): string {
  return `Zookeeper version: ${status.version}`;
}

function statistics(status: ServerStatus): string[] {
  const { latency, received, sent } = status.stats;
  return [
    `Latency min/avg/max: ${latency.min}/${decimal(latency.average)}/${latency.max}`,
    `Received: ${received}`,
    `Sent: ${sent}`,
    `Connections: ${status.connectionCount}`,
    `Outstanding: ${status.outstanding}`,
    `Zxid: 0x${status.lastZxid.toString(16)}`,
    `Mode: ${status.mode}`,
    `Node count: ${status.nodeCount}`,
    ...proposalSizes(status),
  ];
}

function proposalSizes({ member }: ServerStatus): string[] {
  if (member?.leading === undefined) return [];
  const { last, min, max } = member.stats.proposalSizes;
  return [`Proposal sizes last/min/max: ${last}/${min}/${max}`];
}

/** Formats a number as Java formats a double. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Formats like `Long.toHexString`. */
function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function sessions(status: ServerStatus): string[] {
  const sets = [...status.sessionsByExpiry()];
  return [
    `Session Sets (${sets.length})/(${sets.reduce((sum, [, expiring]) => sum + expiring.size, 0)}):`,
    ...sets.flatMap(([date, expiring]) => [
      `${expiring.size} expire at ${javaDate(date)}:`,
      ...Array.from(expiring, ({ id }) => `\t${hex(id)}`),
    ]),
  ];
}

function ephemerals(status: ServerStatus): string[] {
  const owners = [...status.ephemeralsBySession()];
  return [
    "ephemeral nodes dump:",
    `Sessions with Ephemerals (${owners.length}):`,
    ...owners.flatMap(([id, paths]) => [`${hex(id)}:`, ...paths.map((path) => `\t${shownText(path)}`)]),
  ];
}

/** Connections expire with their sessions here; Apache has a queue of its own for them, of the same layout. */
function expiries(status: ServerStatus): string[] {
  const connected = new Map([...status.connections].map((connection) => [connection.session?.id, connection]));
  const sets = [...status.sessionsByExpiry()]
    .map(([date, expiring]) => [date, [...expiring].filter(({ id }) => connected.has(id))] as const)
    .filter(([, expiring]) => expiring.length > 0);
  return [
    "Connections dump:",
    `Connections Sets (${sets.length})/(${sets.reduce((sum, [, expiring]) => sum + expiring.length, 0)}):`,
    ...sets.flatMap(([date, expiring]) => [
      `${expiring.length} expire at ${javaDate(date)}:`,
      ...expiring.map(({ id }) => `\tip: /${connected.get(id)!.remote} sessionId: ${hex(id)}`),
    ]),
  ];
}

/** Formats like `java.util.Date`, in UTC. */
function javaDate(date: Date): string {
  const [weekday, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

function watches<K, V>(
  entries: Iterable<readonly [K, readonly V[]]>,
  showKey: (key: K) => string,
  showValue: (value: V) => string,
): string[] {
  return Array.from(entries, ([key, values]) => [
    showKey(key),
    ...values.map((value) => `\t${showValue(value)}`),
  ]).flat();
}

function watchSummary(status: ServerStatus): string[] {
  const { connections, paths, watches: total } = status.watchSummary();
  return [`${connections} connections watching ${paths} paths`, `Total watches:${total}`];
}
