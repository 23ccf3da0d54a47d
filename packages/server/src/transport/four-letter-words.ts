import type { LatencySummary } from "../pipeline/traffic.js";

/** What the monitoring commands tell about a server: a picture of the moment, and totals since it started. */
export interface ServerStatus {
  readonly version: string;
  readonly zxid: bigint;
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  readonly watchCount: number;
  readonly sessionCount: number;
  readonly outstanding: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Bytes of znodes: paths and data. */
  readonly approximateDataBytes: number;
  readonly uptimeMs: number;
  readonly latency: LatencySummary;
  readonly connections: readonly ConnectionStatus[];
}

export interface ConnectionStatus {
  readonly remote: string;
  readonly received: number;
  readonly sent: number;
  readonly outstanding: number;
}

type Answer = (status: ServerStatus) => string;

/*
 * The words that people and monitors send instead of a handshake, and answers that they parse: the layout is that of
 * Apache's server/command classes.
 */
const answers: Readonly<Record<string, Answer>> = {
  ruok: () => "imok",
  isro: () => "rw",
  srvr: (status) => `Zookeeper version: ${status.version}\n${statistics(status)}`,
  stat: (status) =>
    `Zookeeper version: ${status.version}\nClients:\n${status.connections.map(client).join("")}\n${statistics(status)}`,
  mntr: (status) =>
    monitor(status)
      .map(([name, value]) => `zk_${name}\t${value}\n`)
      .join(""),
};

/** All the words that there are. The rest of Apache's are known to be words, and not answered by this version. */
const knownWords: ReadonlySet<string> = new Set([
  ...Object.keys(answers),
  ...["conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "stmk", "srst", "wchc", "wchp", "wchs", "hash"],
]);

/** Which of the words a server answers. */
export class FourLetterWords {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[] | "*") {
    this.#allowed = new Set(allowed === "*" ? Object.keys(answers) : allowed);
  }

  /** The text to answer, if the four letters are a command; `status` is asked only where it is needed. */
  answer(word: string, status: () => ServerStatus): string | undefined {
    if (!knownWords.has(word)) return undefined;
    const answer = answers[word];
    if (answer === undefined || !this.#allowed.has(word)) {
      return `${word} is not executed because it is not in the whitelist.\n`;
    }
    return answer(status());
  }
}

function client(connection: ConnectionStatus): string {
  const { remote, outstanding, received, sent } = connection;
  return ` /${remote}[1](queued=${outstanding},recved=${received},sent=${sent})\n`;
}

function statistics(status: ServerStatus): string {
  const { minMs, averageMs, maxMs } = status.latency;
  return [
    `Latency min/avg/max: ${minMs}/${averageMs.toFixed(4)}/${maxMs}`,
    `Received: ${status.packetsReceived}`,
    `Sent: ${status.packetsSent}`,
    `Connections: ${status.connections.length}`,
    `Outstanding: ${status.outstanding}`,
    `Zxid: 0x${status.zxid.toString(16)}`,
    "Mode: standalone",
    `Node count: ${status.nodeCount}`,
    "",
  ].join("\n");
}

function monitor(status: ServerStatus): [name: string, value: string | number][] {
  const { minMs, averageMs, maxMs } = status.latency;
  return [
    ["version", status.version],
    ["server_state", "standalone"],
    ["avg_latency", averageMs.toFixed(4)],
    ["max_latency", maxMs],
    ["min_latency", minMs],
    ["packets_received", status.packetsReceived],
    ["packets_sent", status.packetsSent],
    ["num_alive_connections", status.connections.length],
    ["outstanding_requests", status.outstanding],
    ["znode_count", status.nodeCount],
    ["watch_count", status.watchCount],
    ["ephemerals_count", status.ephemeralCount],
    ["approximate_data_size", status.approximateDataBytes],
    ["global_sessions", status.sessionCount],
    ["uptime", Math.round(status.uptimeMs)],
  ];
}
