import { dnsPeers, idFromHostname, type JoinEnsembleOptions } from "@conclave/embedded";

/** Settings of one replica, from its environment. */
export interface Settings {
  /** The replica's part in the ensemble. */
  readonly ensemble: JoinEnsembleOptions & { readonly id: number; readonly host: string };
  /** Port of the page and of the orders; 0 takes a free one. */
  readonly port: number;
  /** SQLite file of the orders and invoice runs, which all replicas share. */
  readonly database: string;
  /** Length of the period that one invoice run closes, in milliseconds. */
  readonly periodMs: number;
  readonly sessionTimeoutMs: number;
}

const MINUTE_MS = 60_000;

/** Reads the variables that README.md lists. Throws an error that names the variable if one is missing or wrong. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const host = env.HOST || "127.0.0.1";
  const peers = needed(env, "PEERS", "the discovery ports of all replicas, as host:port,host:port, or dns:<name>");
  return {
    ensemble: {
      name: "invoices",
      id: env.REPLICA ? whole("REPLICA", env.REPLICA, 1, 255) : idFromHostname(),
      expect: whole("EXPECT", env.EXPECT || "3", 1, 7),
      peers: peers.startsWith("dns:") ? dnsPeers(peers.slice("dns:".length)) : peers.split(","),
      dataDir: needed(env, "DATA_DIR", "a directory of this replica alone, which outlives its restarts"),
      host,
      ports: readPorts(env.ENSEMBLE_PORTS || "2887,2888,3888,2181"),
      secret: env.ENSEMBLE_SECRET || undefined,
    },
    port: whole("PORT", env.PORT || "3000", 0, 65_535),
    database: needed(env, "INVOICES_DB", "the SQLite file that all replicas share"),
    periodMs: whole("PERIOD_MS", env.PERIOD_MS || String(MINUTE_MS), 100, 24 * 60 * MINUTE_MS),
    sessionTimeoutMs: whole("SESSION_TIMEOUT_MS", env.SESSION_TIMEOUT_MS || "10000", 1_000, MINUTE_MS),
  };
}

function readPorts(text: string): JoinEnsembleOptions["ports"] {
  const ports = text.split(",").map((port) => whole("ENSEMBLE_PORTS", port, 1, 65_535));
  const [discovery, quorum, election, client] = ports;
  if (ports.length === 4) return { discovery, quorum, election, client };
  throw new RangeError("ENSEMBLE_PORTS must be four ports: discovery,quorum,election,client");
}

function needed(env: NodeJS.ProcessEnv, name: string, meaning: string): string {
  const text = env[name];
  if (text) return text;
  throw new RangeError(`${name} is not set: ${meaning}`);
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}
