import { deleteRecursive, isZkError, jsonCodec, textCodec, walk, type ZooKeeper } from "@conclave/client";
import { NodeCache, TreeCache } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import { eventually, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, pick, runWithFaults } from "../test-context/faulty-actors.ts";
import {
  type ContractHarness,
  type ContractTest,
  contractTests,
  sessionUntil,
  type TestContext,
} from "../test-context/test-context.ts";

const TOP = "/top";

/** Declares the contract of `TreeCache` and `NodeCache`: one test for each hazard. Call it in a separate suite. */
export function runCacheContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("cache contract", () => {
    madeAgain(test);
    missed(test);
    unreadable(test);
    byChance(test);
  });
}

function madeAgain(test: ContractTest): void {
  test.for(["connected", "suspended"] as const)(
    "cache misses delete+re-create: with equal data and version, while it is %s",
    async (context, state) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await other.create(TOP, "same");
      const { zk, states } = await context.actor(proxy);
      await using cache = new NodeCache(zk, { path: TOP, codec: textCodec });
      const seen: string[] = [];
      cache.on(({ type }) => seen.push(type));
      await cache.ready;
      const { czxid } = cache.current!.stat;
      if (state === "suspended") {
        proxy.refuse();
        proxy.cut();
        await states.first((each) => each === state);
      }
      await other.transaction().delete(TOP).create(TOP, "same").commit();
      proxy.accept();
      await eventually(() => cache.current !== undefined && cache.current.stat.czxid > czxid);
      expect(seen.filter((type) => type !== "synced")).toEqual(["added", "removed", "added"]);
    },
  );

  test("mixed watch modes on one path: a one-shot watch of the same client fires once, also after the cache is closed", async (context) => {
    const [zk, other] = [await context.client(), await context.client()];
    await other.create(TOP, "0");
    await zk.sync("/");
    const received: string[] = [];
    await zk.getData(TOP, { watch: ({ type }) => received.push(type) });
    const cache = new NodeCache(zk, { path: TOP, codec: textCodec });
    await cache.ready;
    await cache.close();
    await other.setData(TOP, "1");
    await eventually(() => received.length > 0);
    await other.setData(TOP, "2");
    await zk.sync("/");
    expect(received).toEqual(["nodeDataChanged"]);
  });
}

function missed(test: ContractTest): void {
  test.for(["addWatch", "getData", "getChildren"] as const)(
    "watch lost between read and set: all changes while the first reply to %s is on its way",
    async (context, operation) => {
      const other = await context.client();
      await layOut(other);
      let isArmed = true;
      const proxy = await context.proxy(context.servers[0], {
        onRequest: (request) => {
          if (isArmed && request.operation === operation) proxy.freeze("replies");
        },
      });
      const { zk } = await context.actor(proxy);
      const before = proxy.traffic.requests;
      await using cache = new TreeCache(zk, { path: TOP, codec: textCodec });
      await eventually(() => proxy.traffic.requests > before);
      await changeAll(other);
      isArmed = false;
      proxy.thaw();
      await cache.ready;
      await untilSame(cache, other);
    },
  );

  test.for([
    ["SUSPENDED", "suspended"],
    ["LOST", "expired"],
  ] as const)(
    "%s: the cache keeps its content, is not fresh, and has caught up when it is fresh again",
    async (context, [, state]) => {
      const { proxy, other, cache, states } = await cacheBehindProxy(context, state);
      const before = shown(cache);
      proxy.refuse();
      proxy.cut();
      await states.first((each) => each === state);
      await changeAll(other);
      expect([cache.isFresh, shown(cache)]).toEqual([false, before]);
      proxy.accept();
      await eventually(() => cache.isFresh);
      await untilSame(cache, other);
      await other.setData(`${TOP}/new`, "followed still");
      await eventually(() => cache.get(`${TOP}/new`)?.data === "followed still");
    },
  );

  test.for(["getData", "getChildren"] as const)(
    "lost reply: of %s, while the cache catches up",
    async (context, operation) => {
      const { proxy, other, cache } = await cacheBehindProxy(context, "suspended");
      const lost = proxy.loseReply(operation);
      proxy.cut();
      await lost;
      await changeAll(other);
      await untilSame(cache, other);
    },
  );
}

function unreadable(test: ContractTest): void {
  test.for(["connected", "suspended"] as const)(
    "invalid data: an event reports it, and later events report its correction, while it is %s",
    async (context, state) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      for (const name of ["deleted", "replaced", "mended"]) await other.create(`/${name}`, "no json");
      const { zk, states } = await context.actor(proxy);
      const received: unknown[] = [];
      const caches = ["deleted", "replaced", "mended"].map((name) => {
        const cache = new NodeCache(zk, { path: `/${name}`, codec: jsonCodec<number>() });
        cache.on((event) => {
          if (event.type === "invalid") received.push([name, event.type, (event.error as Error).name, event.previous]);
          else if (event.type === "failed") throw event.error;
          else if (event.type !== "synced") received.push([name, event.type, event.node?.data]);
        });
        return cache;
      });
      await Promise.all(caches.map((cache) => cache.ready));
      const begin = ["deleted", "replaced", "mended"].map((name) => [name, "invalid", "SyntaxError", undefined]);
      expect(received.splice(0).toSorted()).toEqual(begin.toSorted());
      if (state === "suspended") {
        proxy.refuse();
        proxy.cut();
        await states.first((each) => each === state);
      }
      await other.delete("/deleted");
      await other.transaction().delete("/replaced").create("/replaced", "none either").commit();
      await other.setData("/mended", "1");
      proxy.accept();
      await eventually(() => received.length, { until: (count) => count === 4 });
      expect(received.toSorted()).toEqual([
        ["deleted", "removed", undefined],
        ["mended", "added", 1],
        ["replaced", "invalid", "SyntaxError", undefined],
        ["replaced", "removed", undefined],
      ]);
      await Promise.all(caches.map((cache) => cache.close()));
    },
  );
}

function byChance(test: ContractTest): void {
  test("under random faults the cache ends equal to the tree, and reports no change that did not happen", async (context) => {
    const actors = await faultyActors(context, 2);
    const [watching, writer] = [actors[0]!, await context.client()];
    await forEachSeed(
      async (random, seed) => {
        const top = `${TOP}-${seed}`;
        await using cache = new TreeCache(watching.zk, { path: top, codec: textCodec });
        const received = new Map<string, string>();
        cache.on((event) => {
          if (event.type === "added") expect(received.has(event.node.path)).toBe(false);
          if (event.type === "changed") expect(received.get(event.node.path)).toBe(event.previous.data);
          if (event.type === "added" || event.type === "changed") received.set(event.node.path, event.node.data);
          if (event.type === "removed") expect(received.delete(event.path)).toBe(true);
        });
        let written = 0;
        await runWithFaults([watching], random, 40, async () => {
          const path = [top, ...Array.from({ length: randomInt(random, 3) }, () => pick(random, ["a", "b"]))].join("/");
          await change(writer, path, `${written++}`, randomInt(random, 3));
        });
        await eventually(() => cache.isFresh);
        await untilSame(cache, writer);
        expect(Object.fromEntries(received)).toEqual(shown(cache));
      },
      { count: 5 },
    );
  });
}

async function change(zk: ZooKeeper, path: string, data: string, how: number): Promise<void> {
  try {
    if (how === 0) await zk.create(path, data);
    else if (how === 1) await zk.setData(path, data);
    else await deleteRecursive(zk, path);
  } catch (error) {
    if (!isZkError(error, "NO_NODE", "NODE_EXISTS")) throw error;
  }
}

async function cacheBehindProxy(context: TestContext, until: "suspended" | "expired") {
  const [proxy, other] = [await context.proxy(), await context.client()];
  await layOut(other);
  const { zk, states } = await context.actor(proxy, sessionUntil(until));
  const cache = new TreeCache(zk, { path: TOP, codec: textCodec });
  await cache.ready;
  return { proxy, other, cache, states };
}

async function layOut(zk: ZooKeeper): Promise<void> {
  await zk.create(TOP, "top");
  for (const name of ["changed", "deleted", "replaced"]) await zk.create(`${TOP}/${name}`, "before");
  await zk.create(`${TOP}/deleted/below`, "before");
}

async function changeAll(zk: ZooKeeper): Promise<void> {
  await zk.setData(`${TOP}/changed`, "after");
  await deleteRecursive(zk, `${TOP}/deleted`);
  await zk.transaction().delete(`${TOP}/replaced`).create(`${TOP}/replaced`, "before").commit();
  await zk.create(`${TOP}/new`, "after");
}

function shown(cache: TreeCache<string>): Record<string, string> {
  return Object.fromEntries([...cache.nodes()].map(({ path, data }) => [path, data]));
}

/** Waits until the cache holds the same znodes that this client reads. */
async function untilSame(cache: TreeCache<string>, zk: ZooKeeper): Promise<void> {
  await zk.sync("/");
  const found: string[] = [];
  if ((await zk.exists(cache.path)) !== null) {
    for await (const { path } of walk(zk, cache.path)) {
      const { data, stat } = await zk.getData(path);
      found.push(`${path} ${stat.czxid} ${data}`);
    }
  }
  await eventually(() => [...cache.nodes()].map(({ path, stat, data }) => `${path} ${stat.czxid} ${data}`), {
    until: (held) => held.sort().join() === found.sort().join(),
    what: found.join(),
  });
}
