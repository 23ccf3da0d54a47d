/* Reads of a cache that fail after a reconnection, and its requests; cache-faults.test.ts has failures at the start. */
import { connect, textCodec, ZkError, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { TreeCache, type TreeCacheOptions } from "./tree-cache.js";

describeOnEachEnsemble("a copy that reads its tree again", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** A cache, its events as text, and the messages that it logged. */
  const cacheAt = (zk: ZooKeeper, path: string, options: Partial<TreeCacheOptions<string>> = {}) => {
    const logged: unknown[] = [];
    const log = (message: string, fields: unknown): void => void logged.push([message, fields]);
    const logger: Logger = { ...silentLogger, debug: log, warn: log, error: log };
    const cache = new TreeCache<string>(zk, { path, codec: textCodec, logger, ...options });
    onTestFinished(() => cache.close());
    const seen: string[] = [];
    cache.on((event) => void seen.push(event.type));
    return { cache, seen, logged };
  };
  /** A client behind a proxy with reads that are rejected with the errors of a list, if there are any. */
  const failing = async () => {
    const unstable = await context.unstable();
    const path = context.newPath();
    await unstable.zk.create(path, "top");
    const errors: Error[] = [];
    const late = withMethods(unstable.zk, {
      getChildren: (at, options) => {
        const error = errors.shift();
        return error === undefined ? unstable.zk.getChildren(at, options) : Promise.reject(error);
      },
    });
    return { ...unstable, path, late, errors };
  };

  it("removes a znode that was deleted without a connection, and counts that as a change", async () => {
    const { zk, path, isolate, accept, reaches } = await failing();
    const other = await context.client();
    await zk.create(`${path}/a`, "1");
    const { cache, seen } = cacheAt(zk, path);
    await cache.ready;
    isolate();
    await reaches("suspended");
    await other.delete(`${path}/a`);
    accept();
    await eventually(() => seen.includes("removed"));
    await eventually(() => cache.isFresh);
    expect([cache.size, cache.version]).toEqual([1, 3]);
  });

  it("starts over with a new watch when the read after a reconnection fails, and is not fresh before", async () => {
    const { late, path, errors, isolate, accept, reaches } = await failing();
    const { cache, seen, logged } = cacheAt(late, path);
    await cache.ready;
    isolate();
    await reaches("suspended");
    const error = new Error("no memory");
    errors.push(error);
    accept();
    await reaches("connected");
    expect(cache.isFresh).toBe(false);
    await eventually(() => cache.isFresh);
    expect([seen, logged]).toEqual([["added", "synced", "synced"], [[`reading ${path} again failed`, { error }]]]);
  });

  it("waits for the next connection when the read after a reconnection loses it", async () => {
    const { late, path, errors, isolate, accept, reaches } = await failing();
    let watches = 0;
    const counted = withMethods(late, {
      addWatch: (at, listener, options) => {
        watches++;
        return late.addWatch(at, listener, options);
      },
    });
    const { cache } = cacheAt(counted, path);
    await cache.ready;
    errors.push(new ZkError("CONNECTION_LOSS", "lost", { outcome: "not-applied" }));
    for (let reconnection = 0; reconnection < 2; reconnection++) {
      isolate();
      await reaches("suspended");
      accept();
      await reaches("connected");
      await settled(late);
    }
    await eventually(() => cache.isFresh);
    expect(watches).toBe(1);
  });

  it("fails when the list of a znode has become too long, with the cause, and logs only that", async () => {
    const { late, path, errors, isolate, accept, reaches } = await failing();
    const { cache, seen, logged } = cacheAt(late, path);
    await cache.ready;
    isolate();
    await reaches("suspended");
    const error = new ZkError("REPLY_TOO_LARGE", "too long", { outcome: "not-applied", path });
    errors.push(error);
    accept();
    await eventually(() => seen.includes("failed"));
    await settled(late);
    const message = expect.stringContaining("gave up");
    expect([seen, logged]).toEqual([["added", "synced", "failed"], [[message, { error }]]]);
    await expect(cache.events().next()).rejects.toMatchObject({ message, cause: error });
  });

  it("gives up a list that is too long at the start without a retry", async () => {
    const { late, path, errors } = await failing();
    const error = new ZkError("REPLY_TOO_LARGE", "too long", { outcome: "not-applied", path });
    errors.push(error);
    const clock = new TestClock();
    const { cache, logged } = cacheAt(late, path, { clock });
    await expect(cache.ready).rejects.toMatchObject({ cause: error });
    await cache.close();
    expect([logged, clock.delays]).toEqual([[[expect.stringContaining("gave up"), { error }]], []]);
  });

  it("follows the tree at once after the reply to its watch was lost", async () => {
    const { zk, proxy, path } = await failing();
    const clock = new TestClock();
    const lost = proxy.loseReply("addWatch");
    const { cache, logged } = cacheAt(zk, path, { clock });
    await lost;
    await cache.ready;
    expect([clock.delays, logged]).toEqual([[], []]);
  });

  it("does not take a znode as unreadable when the read of it fails for another reason", async () => {
    const { zk, path } = await failing();
    const errors = [new Error("no memory")];
    const late = withMethods(zk, {
      getData: (at, options) => {
        const error = errors.shift();
        return error === undefined ? zk.getData(at, options) : Promise.reject(error);
      },
    });
    const clock = new TestClock();
    const { cache, seen } = cacheAt(late, path, { clock });
    await eventually(() => clock.pending === 1);
    clock.advance(60_000);
    await cache.ready;
    expect(seen).toEqual(["added", "synced"]);
  });

  it("of one znode is told of no change below it, and reads it no more often for that", async () => {
    const { zk, proxy, path } = await failing();
    const other = await context.client();
    let reads = 0;
    const counted = withMethods(zk, {
      getData: (at, options) => {
        reads++;
        return zk.getData(at, options);
      },
    });
    const { cache } = cacheAt(counted, path, { depth: 0 });
    await cache.ready;
    await other.create(`${path}/a`);
    await settled(zk);
    // A watch that is not recursive reports that there is a new child, but neither its creation nor its data.
    const { notifications } = proxy.traffic;
    await other.setData(`${path}/a`, "1");
    await settled(zk);
    expect([reads, proxy.traffic.notifications - notifications]).toEqual([1, 0]);
  });

  it("counts the depth of a znode by the parts of its path", async () => {
    const { zk, path } = await failing();
    const { cache } = cacheAt(zk, path, { depth: 1 });
    await cache.ready;
    await zk.create(`${path}/long-name`, "1");
    await eventually(() => cache.get(`${path}/long-name`)?.data === "1");
  });

  it("is closed without the reply to its read, and at the end of a scope", async () => {
    const { zk, proxy, path } = await failing();
    const late = withMethods(zk, {
      addWatch: async (at, listener, options) => {
        const handle = await zk.addWatch(at, listener, options);
        proxy.freeze("replies");
        return { ...handle, remove: async () => {} };
      },
    });
    const { requests } = proxy.traffic;
    const pending = cacheAt(late, path, { depth: 0 });
    await eventually(() => proxy.traffic.requests === requests + 2);
    await pending.cache.close();
    proxy.thaw();
    let events: AsyncIterableIterator<unknown>;
    {
      await using cache = new TreeCache(zk, { path, codec: textCodec });
      events = cache.events();
    }
    expect((await events.next()).done).toBe(true);
  });
});
