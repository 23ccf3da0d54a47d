import { type ApacheStandalone, startApacheStandalone } from "@conclave/services";
import { startTestServer } from "@conclave/testing";
import { type ClientFaultsHarness, runClientFaultsContract } from "@conclave/verification/contracts";
import { apache, describeOnApache } from "@conclave/vitest";
import { describe } from "vitest";
import type { ConnectOptions } from "./api/connect-options.js";
import type { ReadOptions } from "./api/operation-options.js";
import type { ZooKeeper } from "./api/zookeeper.js";
import { connect } from "./connect.js";

/** A separate Apache server, which SIGKILL ends at any point. */
async function startApache(): ReturnType<ClientFaultsHarness["start"]> {
  const server: ApacheStandalone = await startApacheStandalone({ apache: apache(), config: { tickTime: 100 } });
  return {
    connectString: server.connectString,
    restart: async () => {
      await server.kill();
      await server.restart();
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Joins reads. To have adjacent reads, each plain read is surrounded by two others of the same tick. */
async function connectBatching(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  const zk = await connect(connectString, { ...options, batchReads: true });
  const getData = (path: string, options: ReadOptions = {}): ReturnType<ZooKeeper["getData"]> => {
    if (options.watch !== undefined) return zk.getData(path, options);
    zk.getData(path).catch(() => {});
    const read = zk.getData(path, options);
    zk.getData(path).catch(() => {});
    return read;
  };
  return new Proxy(zk, {
    get: (target, name) => {
      const found = name === "getData" ? getData : (Reflect.get(target, name, target) as unknown);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

describe("client on Conclave", () => {
  runClientFaultsContract({ start: startTestServer, connect });
});
describeOnApache("client on Apache ZooKeeper", () => {
  runClientFaultsContract({ start: startApache, connect });
});
describe("client with batchReads on Conclave", () => {
  runClientFaultsContract({ start: startTestServer, connect: connectBatching, rounds: 2 });
});
describeOnApache("client with batchReads on Apache ZooKeeper", () => {
  runClientFaultsContract({ start: startApache, connect: connectBatching, rounds: 1 });
});
