import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apacheOnce, startApacheStandalone } from "@conclave/services";
import { startConclaveServer } from "../processes/conclave-server.ts";
import { pin } from "../processes/pin.ts";

/** Servers that clients are measured against. */
export const SERVERS = ["memory", "durable", "apache"] as const;
export type ServerKind = (typeof SERVERS)[number];

export interface BenchServer {
  readonly kind: ServerKind;
  /** Name of the server in tables. */
  readonly title: string;
  readonly connectString: string;
  close(): Promise<void>;
}

/** Starts a server in a process of its own. Returns the reason, as a string, if it is not available. */
export async function startBenchServer(kind: ServerKind): Promise<BenchServer | string> {
  if (kind === "apache") return startApache();
  const folder = kind === "durable" ? await mkdtemp(join(tmpdir(), "conclave-bench-")) : undefined;
  const server = await startConclaveServer({ dataDir: folder, maxClientConnections: 0 }, "server");
  return {
    kind,
    title: kind === "memory" ? "Conclave server, in memory" : "Conclave server, durable",
    connectString: server.connectString,
    close: async () => {
      await server.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startApache(): Promise<BenchServer | string> {
  const apache = await apacheOnce();
  if (!apache.available) return apache.reason;
  const server = await startApacheStandalone({
    apache,
    // Neither a snapshot nor fsync disturbs the measurement of the clients.
    config: { snapCount: 100_000_000, tickTime: 2_000, maxSessionTimeout: 60_000 },
    jvmArgs: ["-Xmx768m", "-Dzookeeper.forceSync=no"],
  });
  pin(server.pid!, "server");
  return {
    kind: "apache",
    title: `Apache ZooKeeper ${apache.zookeeper.version}, without fsync, Java ${apache.java.version}`,
    connectString: server.connectString,
    close: () => server.close(),
  };
}
