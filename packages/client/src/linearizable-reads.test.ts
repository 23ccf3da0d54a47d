import { startTestServer } from "@conclave/testing";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectForLong } from "../test-support/long-session.js";
import type { ConnectOptions } from "./api/connect-options.js";
import type { ZooKeeper } from "./api/zookeeper.js";

const connected = async (servers: string, options: ConnectOptions = {}): Promise<ZooKeeper> => {
  const zk = await connectForLong(servers, options);
  onTestFinished(() => zk.close());
  return zk;
};

async function checkLikePlainReads(connectString: string): Promise<void> {
  const zk = await connected(connectString, { linearizableReads: true });
  const root = `/linearizable-${zk.sessionId}`;
  await zk.create(root, "a");
  const order: string[] = [];
  const noted = <T>(name: string, result: Promise<T>): Promise<T> => {
    const note = (): void => void order.push(name);
    result.then(note, note);
    return result;
  };
  const results = await Promise.allSettled([
    noted("data", zk.getData(root, { watch: ({ type }) => void order.push(type) })),
    noted("write", zk.setData(root, "b")),
    noted("missing", zk.getData(`${root}/none`)),
    noted("absent", zk.exists(`${root}/none`)),
    noted("children", zk.getChildren(root)),
  ]);
  expect(results).toMatchObject([
    { value: { data: Buffer.from("a") } },
    { value: { version: 1 } },
    { reason: { code: "NO_NODE", message: `getData ${root}/none: NO_NODE (-101)` } },
    { value: null },
    { value: [] },
  ]);
  expect(order).toEqual(["data", "nodeDataChanged", "write", "missing", "absent", "children"]);
  expect(await zk.getEphemerals()).toEqual([]);
  expect((await zk.getConfig()).stat.czxid).toBeTypeOf("bigint");
  await zk.delete(root);
}

const LIKE_PLAIN = "linearizable reads have the results, errors and order of plain ones, and their watches";

describe("on Conclave", () => {
  it(LIKE_PLAIN, async () => {
    await using server = await startTestServer();
    await checkLikePlainReads(server.connectString);
  });
});

describeOnApache("on Apache ZooKeeper", () => {
  it(LIKE_PLAIN, async () => checkLikePlainReads(await sharedApache()));
});
