import type { ServerOptions } from "./options/server-options.js";
import { startServer, type ZooKeeperServer } from "./server.js";

/** Options of the servers of an ensemble: {@link ServerOptions} with defaults for use inside a process. */
export interface EnsembleOptions extends Omit<ServerOptions, "clientPort"> {
  /**
   * Number of servers. This version supports one; use Apache ZooKeeper for an ensemble of several.
   * @default 1
   */
  readonly servers?: 1 | undefined;
}

/** Servers of one service, started together. */
export interface Ensemble extends AsyncDisposable {
  /** Connect string for clients. */
  readonly connectString: string;
  readonly servers: readonly ZooKeeperServer[];
  /** Stops all servers. Idempotent. */
  close(): Promise<void>;
}

/** Ticks of an embedded server are short: it serves this machine, and tests that expire sessions should not wait long. */
const EMBEDDED_TICK_MS = 500;
const EMBEDDED_MAX_SESSION_TIMEOUT_MS = 60_000;

/**
 * Starts a ZooKeeper service inside this process, on free loopback ports: in memory, or in a directory (`dataDir`),
 * from which the next start continues. Rejects as {@link startServer} does.
 */
export async function startEnsemble(options: EnsembleOptions = {}): Promise<Ensemble> {
  const { servers = 1, ...serverOptions } = options;
  if (servers !== 1) {
    throw new RangeError(
      `servers must be 1, and is ${servers}: for several servers this version works with an Apache ZooKeeper ensemble`,
    );
  }
  const server = await startServer({
    tickTimeMs: EMBEDDED_TICK_MS,
    maxSessionTimeoutMs: EMBEDDED_MAX_SESSION_TIMEOUT_MS,
    maxClientConnections: 0,
    extendedTypesEnabled: true,
    ...serverOptions,
  });
  const close = (): Promise<void> => server.close();
  return { connectString: server.connectString, servers: [server], close, [Symbol.asyncDispose]: close };
}
