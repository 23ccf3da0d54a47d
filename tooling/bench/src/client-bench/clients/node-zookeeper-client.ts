import { createRequire } from "node:module";
import { join } from "node:path";
import { type ClientUnderTest, SESSION_TIMEOUT_MS, type Settle } from "./client-under-test.ts";

/** The used part of node-zookeeper-client 1.1.3, which has no types of its own. */
interface NodeZooKeeperClient {
  createClient(connectString: string, options: { sessionTimeout: number }): Connection;
}

interface Connection {
  once(event: "connected" | "disconnected", listener: () => void): void;
  connect(): void;
  close(): void;
  getData(path: string, callback: (error: unknown, data?: Buffer) => void): void;
  setData(path: string, data: Buffer, version: number, callback: (error: unknown) => void): void;
  create(path: string, data: Buffer, callback: (error: unknown) => void): void;
}

export async function connectNodeZooKeeperClient(connectString: string, peersFolder: string): Promise<ClientUnderTest> {
  const load = createRequire(join(peersFolder, "package.json"));
  const { createClient } = load("node-zookeeper-client") as NodeZooKeeperClient;
  const client = createClient(connectString, { sessionTimeout: SESSION_TIMEOUT_MS });
  await new Promise<void>((resolve) => {
    client.once("connected", resolve);
    client.connect();
  });
  const settled = (settle: Settle) => (error: unknown) => settle(error ?? undefined);
  return {
    get: (path, settle) => client.getData(path, (error, data) => settle(error ?? undefined, data)),
    set: (path, data, settle) => client.setData(path, data, -1, settled(settle)),
    create: (path, data, settle) => client.create(path, data, settled(settle)),
    close: () =>
      new Promise((resolve) => {
        client.once("disconnected", resolve);
        client.close();
      }),
  };
}
