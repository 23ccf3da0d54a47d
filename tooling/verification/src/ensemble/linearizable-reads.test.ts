import { type ConnectOptions, type ConsistencyOptions, connect, type ZooKeeper } from "@conclave/client";
import { itOnApache } from "@conclave/vitest";
import { expect, it, onTestFinished } from "vitest";
import { startLaggingEnsemble } from "./lagging-ensemble.ts";

const connected = async (servers: string, options: ConnectOptions = {}): Promise<ZooKeeper> => {
  const zk = await connect(servers, { sessionTimeoutMs: 60_000, ...options });
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

it("plain reads at a follower of ours that lags show the past, and linearizable ones every acknowledged write", () =>
  checkLaggingFollower("conclave"));

itOnApache(
  "plain reads at a follower of Apache's that lags show the past, and linearizable ones every acknowledged write",
  () => checkLaggingFollower("apache"),
);
