import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@conclave/runtime";
import type { ServerOptions } from "./options/server-options.js";
import { startServer, type ZooKeeperServer } from "./server.js";

/** Options of the servers of an ensemble: {@link ServerOptions} with defaults for use inside a process. */
export interface StartEnsembleOptions extends Omit<ServerOptions, "clientPort" | "ensemble"> {
  /**
   * Number of servers: 1, or 3 and more that replicate each other. They share this process, so several of them show how an
   * ensemble behaves, and survive no more than one does.
   * @default 1
   */
  readonly servers?: number | undefined;
}

/** Servers of one service, started together. */
export interface Ensemble extends AsyncDisposable {
  /** Connect string for clients: all servers. */
  readonly connectString: string;
  /** By ascending id, from 1. */
  readonly servers: readonly ZooKeeperServer[];
  /** Stops all servers. Idempotent. */
  close(): Promise<void>;
}

/** Ticks of an embedded server are short: it serves this machine, and tests that expire sessions should not wait long. */
const EMBEDDED_TICK_MS = 500;
const EMBEDDED_MAX_SESSION_TIMEOUT_MS = 60_000;
const HOST = "127.0.0.1";

/**
 * Starts a ZooKeeper service inside this process, on free loopback ports: in memory, or in a directory (`dataDir`), from
 * which the next start continues. Several servers have a folder each within it, or in a temporary one that is removed when
 * they are closed. Resolves when all of them serve clients. Rejects as {@link startServer} does.
 */
export async function startEnsemble(options: StartEnsembleOptions = {}): Promise<Ensemble> {
  const { servers: count = 1, ...given } = options;
  if (!Number.isInteger(count) || count < 1 || count === 2) {
    throw new RangeError(`servers must be 1, or 3 or more, and is ${count}: two servers stop when one of them fails`);
  }
  const defaults = {
    ...{ tickTimeMs: EMBEDDED_TICK_MS, maxSessionTimeoutMs: EMBEDDED_MAX_SESSION_TIMEOUT_MS },
    ...{ maxClientConnections: 0, extendedTypesEnabled: true },
  };
  if (count === 1) return ensembleOf([await startServer({ ...defaults, ...given })], async () => {});
  return startSeveral(count, { ...defaults, ...given });
}

async function startSeveral(count: number, options: ServerOptions): Promise<Ensemble> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "conclave-ensemble-")));
  const removeData = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  const ports = await freePorts(2 * count);
  const servers = Array.from(
    { length: count },
    (_, index) => `server.${index + 1}=${HOST}:${ports[2 * index]}:${ports[2 * index + 1]}`,
  ).join("\n");
  const started: ZooKeeperServer[] = [];
  try {
    for (let id = 1; id <= count; id++) {
      const folder = join(dataDir, String(id));
      started.push(await startServer({ ...options, dataDir: folder, ensemble: { id, servers } }));
    }
    await Promise.all(started.map((server) => server.whenServing()));
    return ensembleOf(started, removeData);
  } catch (error) {
    await Promise.allSettled(started.map((server) => server.close()));
    await removeData();
    throw error;
  }
}

function ensembleOf(servers: readonly ZooKeeperServer[], closed: () => Promise<void>): Ensemble {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= Promise.all(servers.map((server) => server.close())).then(closed);
    return closing;
  };
  const connectString = servers.map((server) => server.connectString).join(",");
  return { connectString, servers, close, [Symbol.asyncDispose]: close };
}
