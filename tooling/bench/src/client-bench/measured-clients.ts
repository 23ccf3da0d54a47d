import type { ConnectUnderTest } from "./clients/client-under-test.ts";
import type { Operation } from "./plan.ts";

/** The clients that are measured. Ours come first: as it is by default, and with an option that is about gets. */
export const CONTENDERS = ["conclave", "conclave-batch-reads", "node-zookeeper-client", "zookeeper"] as const;
export type Contender = (typeof CONTENDERS)[number];
export type Peer = Exclude<Contender, "conclave" | "conclave-batch-reads">;

/** The one that the others are compared with. */
export const OURS: Contender = "conclave";
export const OURS_BATCHING: Contender = "conclave-batch-reads";

/** Whether an operation is measured with a contender: what an option is not about is not measured again with it. */
export function measures(contender: Contender, operation: Operation): boolean {
  return contender !== OURS_BATCHING || operation === "get";
}

/** Versions of the peers, which are installed as exactly these. */
export const PEER_VERSIONS: Readonly<Record<Peer, string>> = {
  "node-zookeeper-client": "1.1.3",
  zookeeper: "7.3.0",
};

/** As tables call it. */
export const TITLES: Readonly<Record<Contender, string>> = {
  conclave: "@conclave/client",
  "conclave-batch-reads": "@conclave/client, batchReads",
  "node-zookeeper-client": "node-zookeeper-client",
  zookeeper: "zookeeper (native)",
};

/** How to connect each: loaded only in the process that measures it. */
export const CONNECT: Readonly<Record<Contender, () => Promise<ConnectUnderTest>>> = {
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
