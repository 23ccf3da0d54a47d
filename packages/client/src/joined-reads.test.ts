import { type Random, randomInt } from "@conclave/runtime";
import { eventually, forEachSeed, startFaultProxy, startTestServer } from "@conclave/testing";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectForLong } from "../test-support/long-session.js";
import type { ConnectOptions } from "./api/connect-options.js";
import type { ZooKeeper } from "./api/zookeeper.js";
import { deleteRecursive } from "./tree/delete-recursive.js";

/** A call of a script: on the client, with a note of each event of its watch. */
type Step = (zk: ZooKeeper, onEvent: (text: string) => void) => Promise<unknown>;

const NAMES = ["a", "b", "c", "big"];

/** Draws a call. Reads are the most frequent, so that many are adjacent. */
function drawStep(random: Random): readonly [string, Step] {
  const path = `/${NAMES[randomInt(random, NAMES.length)]}`;
  const value = "x".repeat(randomInt(random, 30));
  const version = randomInt(random, 3) - 1;
  const draw = randomInt(random, 20);
  if (draw < 11) return [`getData ${path}`, (zk) => zk.getData(path)];
  if (draw < 12) {
    const controller = new AbortController();
    const step: Step = (zk) => {
      const read = zk.getData(path, { signal: controller.signal });
      controller.abort();
      return read;
    };
    return [`aborted ${path}`, step];
  }
  if (draw < 14)
    return [`watched ${path}`, (zk, onEvent) => zk.getData(path, { watch: ({ type }) => onEvent(`${type} ${path}`) })];
  if (draw < 16) return [`setData ${path}`, (zk) => zk.setData(path, value, { version })];
  if (draw < 17) return [`create ${path}`, (zk) => zk.create(path, value)];
  if (draw < 18) return [`delete ${path}`, (zk) => zk.delete(path)];
  if (draw < 19)
    return [`exists ${path}`, (zk, onEvent) => zk.exists(path, { watch: ({ type }) => onEvent(`${type} ${path}`) })];
  return ["getChildren /", (zk) => zk.getChildren("/")];
}

/**
 * Runs the script, several calls in each tick; returns the results and events in the order in which they came. Aborted calls
 * come last: they settle at once, between the answers that have arrived by then.
 */
async function run(zk: ZooKeeper, script: readonly (readonly [string, Step])[], perTick: number): Promise<string[]> {
  const [seen, aborted]: [string[], string[]] = [[], []];
  const calls: Promise<unknown>[] = [];
  for (const [index, [name, step]] of script.entries()) {
    const call = step(zk, (event) => seen.push(`event ${event}`));
    const results = name.startsWith("aborted") ? aborted : seen;
    call.then(
      (value) => results.push(`${index} ${name}: ${shown(value)}`),
      (error) => results.push(`${index} ${name}: ${error.message} ${error.outcome} ${error.path} ${error.errno}`),
    );
    calls.push(call);
    if (index % perTick === perTick - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.allSettled(calls);
  return [...seen, ...aborted];
}

/** Result as text, without the parts of a Stat that differ between two runs: zxids and times. */
const shown = (value: unknown): string =>
  JSON.stringify(Array.isArray(value) ? value.sort() : value, (key, part) =>
    typeof part === "bigint" || key === "ctime" || key === "mtime" ? undefined : part,
  ) ?? "nothing";

const connected = async (servers: string, options: ConnectOptions): Promise<ZooKeeper> => {
  const zk = await connectForLong(servers, { ...options, maxReplyBytes: 5_000 });
  onTestFinished(() => zk.close());
  return zk;
};

/** Runs the same random calls on a client that joins reads and on one that does not, in trees of their own. */
async function compareWithPlainReads(servers: string): Promise<void> {
  const requests: (string | undefined)[] = [];
  await using proxy = await startFaultProxy({
    target: servers,
    onRequest: ({ operation }) => void requests.push(operation),
  });
  const outside = await connected(servers, { batchReads: false });
  const root = `/joined-${outside.sessionId}`;
  await outside.create(root);
  await outside.create(`${root}/joined`);
  await outside.create(`${root}/plain`);
  const joined = await connected(`${proxy.connectString}${root}/joined`, {});
  const plain = await connected(`${servers}${root}/plain`, { batchReads: false });
  await eventually(async () => {
    await Promise.allSettled([joined.getData("/"), joined.getData("/")]);
    return requests.includes("multiRead");
  });
  requests.length = 0;
  await forEachSeed(
    async (random) => {
      const script = Array.from({ length: 120 }, () => drawStep(random));
      const perTick = 1 + randomInt(random, 40);
      for (const zk of [joined, plain]) {
        await Promise.allSettled(NAMES.map((name) => zk.delete(`/${name}`)));
        await zk.create("/a", "start");
        await zk.create("/big", "x".repeat(6_000));
      }
      expect(await run(joined, script, perTick)).toEqual(await run(plain, script, perTick));
    },
    { count: 10 },
  );
  expect(requests.filter((operation) => operation === "multiRead").length).toBeGreaterThan(10);
  await deleteRecursive(outside, root);
}

const NAME = "by default, reads are joined, and have the results, errors, events and order of reads that are not";

describe("on Conclave", () => {
  it(NAME, async () => {
    await using server = await startTestServer();
    await compareWithPlainReads(server.connectString);
  });
});

describeOnApache("on Apache ZooKeeper", () => {
  it(NAME, async () => {
    const [first] = (await sharedApache()).split(",");
    await compareWithPlainReads(first!);
  });
});
