import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@conclave/server";

/** A ZooKeeper server that one test uses, and may restart. */
export interface TestServer extends AsyncDisposable {
  /** `host:port` */
  readonly connectString: string;
  /** Restarts the server on the same port with its data. Resolves when it serves. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
}

/** Starts a Conclave server in this process on a temporary folder. It grants session timeouts from 200 ms to 60 s. */
export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-test-server-"));
  // Short ticks for short sessions; long sessions for clients that must survive on a busy machine.
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
