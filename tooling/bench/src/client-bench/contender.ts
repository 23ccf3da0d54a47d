import type { ConnectUnderTest } from "./clients/client-under-test.ts";

/** The clients that are measured. Ours comes first. */
export const CONTENDERS = ["conclave", "node-zookeeper-client", "zookeeper"] as const;
export type Contender = (typeof CONTENDERS)[number];

export const OURS: Contender = "conclave";

/** Versions of the peers, which are installed as exactly these. */
export const PEER_VERSIONS: Readonly<Record<Exclude<Contender, "conclave">, string>> = {
  "node-zookeeper-client": "1.1.3",
  zookeeper: "7.3.0",
};

/** As tables call it. */
export const TITLES: Readonly<Record<Contender, string>> = {
  conclave: "@conclave/client",
  "node-zookeeper-client": "node-zookeeper-client",
  zookeeper: "zookeeper (native)",
};

/** How to connect each: loaded only in the process that measures it. */
export const CONNECT: Readonly<Record<Contender, () => Promise<ConnectUnderTest>>> = {
  conclave: async () => (await import("./clients/conclave.ts")).connectConclave,
  "node-zookeeper-client": async () => {
    const { connectNodeZooKeeperClient } = await import("./clients/node-zookeeper-client.ts");
    return (connectString, folder) => connectNodeZooKeeperClient(connectString, folder!);
  },
  zookeeper: async () => {
    const { connectNativeZooKeeper } = await import("./clients/native-zookeeper.ts");
    return (connectString, folder) => connectNativeZooKeeper(connectString, folder!);
  },
};
