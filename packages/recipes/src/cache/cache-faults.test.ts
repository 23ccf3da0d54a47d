/* The copy of a cache while requests fail, and by its options; cache.test.ts has the usual changes. */
import { connect, Permission, textCodec, ZkError, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { NodeCache } from "./node-cache.js";
import { TreeCache, type TreeCacheOptions } from "./tree-cache.js";

describeOnEachEnsemble("a copy of a tree", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** A cache, its events as text, and the messages that it logged. */
  const cacheAt = (zk: ZooKeeper, path: string, options: Partial<TreeCacheOptions<string>> = {}) => {
    const logged: unknown[] = [];
    const log =
      (level: string): Logger["warn"] =>
      (message, fields) =>
        void logged.push([level, message, fields]);
    const logger: Logger = { ...silentLogger, warn: log("warn"), error: log("error") };
    const cache = new TreeCache<string>(zk, { path, codec: textCodec, logger, ...options });
    onTestFinished(() => cache.close());
    const seen: string[] = [];
    const remove = cache.on((event) => void seen.push(event.type));
    return { cache, seen, logged, remove };
  };
  const noRead = [{ permissions: Permission.ALL & ~Permission.READ, id: { scheme: "world", id: "anyone" } }];

  it("follows no change above its depth, and rejects a negative depth", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "top");
    await zk.sync(path);
    const { cache, seen } = cacheAt(zk, path, { depth: 0 });
    await cache.ready;
    await other.create(`${path}/a`);
    await other.create(`${path}/a/b`);
    await other.setData(path, "changed");
    await eventually(() => cache.get(path)?.data === "changed");
    expect([cache.size, cache.version, seen, cache.path]).toEqual([1, 2, ["added", "synced", "changed"], path]);
    for (const depth of [-1, Number.NaN]) {
      expect(() => new TreeCache(zk, { path, codec: textCodec, depth })).toThrow(
        `depth must be 0 or more, not ${depth}`,
      );
    }
    expect(() => new TreeCache(zk, { path: "a", codec: textCodec })).toThrow('"a" cannot be the path of a cache');
  });

  it("starts over with increasing delays while the watch is rejected, and with the shortest after a success", async () => {
    const { zk, isolate, accept, expire, reaches } = await context.unstable();
    const path = context.newPath();
    const clock = new TestClock();
    const error = new ZkError("UNIMPLEMENTED", "no such request", { outcome: "rejected" });
    let failures = 2;
    const late = withMethods(zk, {
      addWatch: (at, listener, options) =>
        failures-- > 0 ? Promise.reject(error) : zk.addWatch(at, listener, options),
    });
    const random = { ...systemRandom, float: () => 0 };
    const { cache, logged } = cacheAt(late, path, { clock, random });
    await eventually(() => clock.delays.length === 1);
    expect(cache.isFresh).toBe(false);
    clock.advance(100);
    await eventually(() => clock.delays.length === 2);
    clock.advance(200);
    await cache.ready;
    expect([clock.delays, cache.isFresh]).toEqual([[100, 200], true]);
    expect(logged).toEqual(
      [100, 200].map((delayMs) => ["warn", `following ${path} failed; retrying`, { error, delayMs }]),
    );
    failures = 1;
    isolate();
    await reaches("suspended");
    await expire();
    accept();
    await eventually(() => clock.delays.length === 3);
    expect(clock.delays).toEqual([100, 200, 100]);
    await cache.close();
    expect(clock.pending).toBe(0);
  });

  it("reads the tree again in a new round when a read of it fails", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "top");
    const clock = new TestClock();
    let failures = 1;
    const late = withMethods(zk, {
      getChildren: (at, options) =>
        failures-- > 0 ? Promise.reject(new Error("no memory")) : zk.getChildren(at, options),
    });
    const { cache, seen } = cacheAt(late, path, { clock });
    await eventually(() => clock.pending === 1);
    expect([cache.isFresh, seen.includes("synced")]).toEqual([false, false]);
    clock.advance(100);
    await cache.ready;
    expect([cache.isFresh, cache.get(path)?.data, seen]).toEqual([true, "top", ["added", "synced"]]);
  });

  it("leaves no watch when it is closed, and reports and changes nothing afterwards", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path, "top");
    await zk.sync(path);
    const { cache, seen } = cacheAt(zk, path);
    await cache.ready;
    const events = cache.events();
    await Promise.all([cache.close(), cache.close()]);
    const { notifications } = proxy.traffic;
    await other.setData(path, "changed");
    await settled(zk);
    expect([proxy.traffic.notifications, seen, cache.get(path)?.data]).toEqual([
      ...[notifications, ["added", "synced"], "top"],
    ]);
    expect([await events.next(), cache.isFresh]).toEqual([{ done: true, value: undefined }, false]);
    await expect(cacheAt(zk, path).cache.close()).resolves.toBe(undefined);
  });

  it("stops to report to a listener that was removed, and to an iterator whose signal aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const { cache, seen, remove } = cacheAt(zk, path);
    const stop = new AbortController();
    const events = cache.events({ signal: stop.signal });
    await cache.ready;
    remove();
    stop.abort();
    await zk.create(path, "top");
    await eventually(() => cache.size === 1);
    expect(seen).toEqual(["synced"]);
    expect([(await events.next()).value, await events.next()]).toEqual([
      { type: "synced" },
      { done: true, value: undefined },
    ]);
  });

  it("reads the znodes below one that it may not list, as far as it may read them", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "top");
    await other.create(`${path}/closed`, "secret", { acl: noRead });
    await other.create(`${path}/closed/below`, "hidden");
    await zk.sync(path);
    const invalid: unknown[] = [];
    const cache = new TreeCache(zk, { path, codec: textCodec });
    onTestFinished(() => cache.close());
    cache.on((event) => void (event.type === "invalid" && invalid.push([event.path, event.error, event.previous])));
    await cache.ready;
    const error = expect.objectContaining({ code: "NO_AUTH" });
    expect([invalid, cache.size]).toEqual([[[`${path}/closed`, error, undefined]], 1]);
    await other.setData(`${path}/closed/below`, "seen");
    await eventually(() => cache.get(`${path}/closed/below`)?.data === "seen");
  });

  it("publishes results in the order of their replies, however long the codec takes", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    let finish: (() => void) | undefined;
    const codec = {
      ...textCodec,
      decode: async (data: Buffer | null) => {
        if (`${data}` === "2") {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }
        return `${data}`;
      },
    };
    const { cache } = cacheAt(zk, path, { codec });
    const values: string[] = [];
    cache.on((event) => void (event.type === "changed" && values.push(`${event.previous.data}${event.node.data}`)));
    await cache.ready;
    await zk.setData(path, "2");
    await eventually(() => finish !== undefined);
    await zk.setData(path, "3");
    await settled(zk);
    expect([values, cache.get(path)?.data]).toEqual([[], "1"]);
    finish?.();
    await eventually(() => values.length === 2);
    expect(values).toEqual(["12", "23"]);
  });

  it("of one znode has its state, events and end, and the default settings", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "top");
    await zk.create(`${path}/a`, "child");
    let events: AsyncIterableIterator<unknown>;
    {
      await using cache = new NodeCache(zk, { path, codec: textCodec });
      const types: string[] = [];
      const remove = cache.on((event) => void types.push(event.type));
      events = cache.events();
      expect([cache.path, cache.isFresh, cache.current]).toEqual([path, false, undefined]);
      await cache.ready;
      expect([cache.current?.data, cache.isFresh, types]).toEqual(["top", true, ["added", "synced"]]);
      remove();
      await zk.delete(`${path}/a`);
      await zk.delete(path);
      await eventually(() => cache.current === undefined);
      expect(types).toEqual(["added", "synced"]);
    }
    const rest: unknown[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next()) rest.push(next.value);
    expect(rest).toMatchObject([{ type: "added" }, { type: "synced" }, { type: "removed", path }]);
  });
});
