import { startTestServer } from "@conclave/testing";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { describe, expect, it, onTestFinished } from "vitest";
import { startLaggingEnsemble } from "../test-support/lagging-ensemble.js";
import { connectForLong } from "../test-support/long-session.js";
import type { ConnectOptions } from "./api/connect-options.js";
import type { ConsistencyOptions } from "./api/operation-options.js";
import type { ZooKeeper } from "./api/zookeeper.js";

const connected = async (servers: string, options: ConnectOptions = {}): Promise<ZooKeeper> => {
  const zk = await connectForLong(servers, options);
  onTestFinished(() => zk.close());
  return zk;
};

/** Every read of a znode, with a result that shows if it has seen the change from "old" to "new". */
const READS: Readonly<Record<string, (zk: ZooKeeper, options: ConsistencyOptions) => Promise<unknown>>> = {
  getData: async (zk, options) => (await zk.getData("/t", options)).data?.toString(),
  exists: async (zk, options) => ((await zk.exists("/t/new", options)) === null ? "old" : "new"),
  getChildren: async (zk, options) => (await zk.getChildren("/t", options))[0] ?? "old",
  getChildren2: async (zk, options) => (await zk.getChildren2("/t", options)).children[0] ?? "old",
  getACL: async (zk, options) => ((await zk.getACL("/t", options)).stat.version === 1 ? "new" : "old"),
  getAllChildrenNumber: async (zk, options) => ((await zk.getAllChildrenNumber("/t", options)) === 1 ? "new" : "old"),
  multiRead: async (zk, options) => String((await zk.multiRead().getChildren("/t").read(options))[0]) || "old",
  "getData with a watch": async (zk, options) =>
    (await zk.getData("/t", { ...options, watch: () => {} })).data?.toString(),
};

const readAll = (zk: ZooKeeper, options: ConsistencyOptions = {}): Promise<string[]> =>
  Promise.all(Object.entries(READS).map(async ([name, read]) => `${name}: ${await read(zk, options)}`));
const all = (value: string): string[] => Object.keys(READS).map((name) => `${name}: ${value}`);

async function checkLaggingFollower(kind: "conclave" | "apache"): Promise<void> {
  const ensemble = await startLaggingEnsemble(kind);
  const writer = await connected(ensemble.other);
  await writer.create("/t", "old");
  const plain = await connected(ensemble.follower);
  const strict = await connected(ensemble.follower, { linearizableReads: true });
  await Promise.all([plain.sync("/"), strict.sync("/")]);

  ensemble.hold();
  await Promise.all([writer.setData("/t", "new"), writer.create("/t/new")]);
  expect(await readAll(plain)).toEqual(all("old"));
  expect(await readAll(strict, { linearizable: false })).toEqual(all("old"));
  let finished = 0;
  const reads = [readAll(plain, { linearizable: true }), readAll(strict)].map((read) => read.finally(() => finished++));
  expect((await writer.getData("/t")).data?.toString()).toBe("new");
  expect(finished).toBe(0);
  ensemble.release();
  expect(await Promise.all(reads)).toEqual([all("new"), all("new")]);
}

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

const LAGGING = "plain reads at a follower that lags show the past, and linearizable ones every acknowledged write";
const LIKE_PLAIN = "linearizable reads have the results, errors and order of plain ones, and their watches";

describe("on Conclave", () => {
  it(LAGGING, () => checkLaggingFollower("conclave"));

  it(LIKE_PLAIN, async () => {
    await using server = await startTestServer();
    await checkLikePlainReads(server.connectString);
  });
});

describeOnApache("on Apache ZooKeeper", () => {
  it(LAGGING, () => checkLaggingFollower("apache"));
  it(LIKE_PLAIN, async () => checkLikePlainReads(await sharedApache()));
});
