import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConnectUnderTest } from "./clients/client-under-test.ts";
import { conclaveClient } from "./clients/conclave.ts";
import type { Operation } from "./plan.ts";

/** The clients that are measured: first ours, by default, with batching of reads, and of another checkout. */
export const CLIENTS = ["conclave", "conclave-batch-reads", "other", "node-zookeeper-client", "zookeeper"] as const;
export type ClientName = (typeof CLIENTS)[number];
export type Peer = "node-zookeeper-client" | "zookeeper";

/** The client that all others are compared with. */
export const OURS: ClientName = "conclave";
export const OURS_BATCHING: ClientName = "conclave-batch-reads";
/** Our client of another checkout, which is measured only on demand. */
export const OTHER: ClientName = "other";

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
  other: "@conclave/client, other",
  "node-zookeeper-client": "node-zookeeper-client",
  zookeeper: "zookeeper (native)",
};

/** Loads and connects a client; called only in the process that measures it. */
export const CONNECT: Readonly<Record<ClientName, () => Promise<ConnectUnderTest>>> = {
  conclave: async () => conclaveClient((await import("@conclave/client")).connect),
  "conclave-batch-reads": async () => conclaveClient((await import("@conclave/client")).connect, { batchReads: true }),
  other: async () => async (connectString, checkout) => {
    const { href } = pathToFileURL(resolve(checkout!, "packages/client/dist/index.js"));
    const { connect }: typeof import("@conclave/client") = await import(href);
    return conclaveClient(connect)(connectString, undefined);
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
