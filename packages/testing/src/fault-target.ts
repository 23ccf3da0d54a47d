import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@conclave/server";

/** Server for fault tests, not shared with other tests. It must grant session timeouts of a second. */
export interface FaultTarget extends AsyncDisposable {
  /** `host:port` */
  readonly connectString: string;
  /** Restarts the server on the same port with the data on its disk. Resolves when it serves. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
}

/** Starts one Conclave server, in this process, on a folder of its own. */
export async function startFaultTarget(): Promise<FaultTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-faults-"));
  // Short ticks, so that sessions can be short; and long sessions for who looks on, whatever else the machine does.
  const times = { tickTimeMs: 100, maxSessionTimeoutMs: 60_000 };
  const start = (clientPort: number) =>
    startServer({ clientPort, dataDir, ...times, maxClientConnections: 0, preAllocBytes: 1024 * 1024 });
  let server = await start(0);
  const { port, connectString } = server;
  const close = async (): Promise<void> => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return {
    connectString,
    restart: async () => {
      await server.close();
      server = await start(port);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
