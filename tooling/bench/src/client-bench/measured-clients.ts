import type { ConnectUnderTest } from "./clients/client-under-test.ts";
import type { Operation } from "./plan.ts";

/** The clients that are measured: first ours, by default and with batching of reads. */
export const CLIENTS = ["conclave", "conclave-batch-reads", "node-zookeeper-client", "zookeeper"] as const;
export type ClientName = (typeof CLIENTS)[number];
export type Peer = Exclude<ClientName, "conclave" | "conclave-batch-reads">;

/** The client that all others are compared with. */
export const OURS: ClientName = "conclave";
export const OURS_BATCHING: ClientName = "conclave-batch-reads";

/** Returns true if an operation is measured with a client. Batching of reads affects only gets. */
export function measures(client: ClientName, operation: Operation): boolean {
  return client !== OURS_BATCHING || operation === "get";
}

/** Exact versions of the peers. */
export const PEER_VERSIONS: Readonly<Record<Peer, string>> = {
  "node-zookeeper-client": "1.1.3",
  zookeeper: "7.3.0",
};

/** Names of the clients in tables. */
export const TITLES: Readonly<Record<ClientName, string>> = {
  conclave: "@conclave/client",
  "conclave-batch-reads": "@conclave/client, batchReads",
  "node-zookeeper-client": "node-zookeeper-client",
  zookeeper: "zookeeper (native)",
};

/** Loads and connects a client; called only in the process that measures it. */
export const CONNECT: Readonly<Record<ClientName, () => Promise<ConnectUnderTest>>> = {
  conclave: async () => (await import("./clients/conclave.ts")).connectConclave,
  "conclave-batch-reads": async () => {
    const { connectConclave } = await import("./clients/conclave.ts");
    return (connectString, folder) => connectConclave(connectString, folder, { batchReads: true });
  },
  "node-zookeeper-client": async () => {
    const { connectNodeZooKeeperClient } = await import("./clients/node-zookeeper-client.ts");
    return (connectString, folder) => connectNodeZooKeeperClient(connectString, folder!);
  },
  zookeeper: async () => {
    const { connectNativeZooKeeper } = await import("./clients/native-zookeeper.ts");
    return (connectString, folder) => connectNativeZooKeeper(connectString, folder!);
  },
};
