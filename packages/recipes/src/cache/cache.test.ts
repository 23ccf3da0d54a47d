import { connect, jsonCodec, OPEN_ACL_UNSAFE, Permission, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { oneServer, PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import { NodeCache } from "./node-cache.js";
import { TreeCache } from "./tree-cache.js";

describeOnEachEnsemble("a cache", (ensemble: EnsembleUnderTest) => {
  let zk: ZooKeeper;
  let path = "";
  let count = 0;
  // All clients use one server, so that one client can read what another one has read.
  const one = { root: ensemble.root, connectString: () => oneServer(ensemble).connectString() };
  const context = new TestContext({ ensemble: one, connect, startFaultProxy, onTestFinished });

  const cacheOf = (client = zk, depth?: number): { cache: TreeCache<string>; seen: string[] } => {
    const cache = new TreeCache(client, { path, codec: textCodec, depth });
    onTestFinished(() => cache.close());
    const seen: string[] = [];
    cache.on((event) => {
      if (event.type === "synced" || event.type === "failed") seen.push(event.type);
      else if (event.type === "invalid") seen.push(`invalid ${event.path.slice(path.length)}`);
      else if (event.type === "removed") seen.push(`removed ${event.path.slice(path.length)}=${event.node?.data}`);
      else seen.push(`${event.type} ${event.node.path.slice(path.length)}=${event.node.data}`);
    });
    return { cache, seen };
  };

  beforeAll(async () => {
    const first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
    await first.close();
  });
  beforeEach(async () => {
    zk = await connect(oneServer(ensemble).connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    path = `${ensemble.root}/c${count++}`;
  });
  afterEach(() => zk.close());

  it("holds the tree, and reports creations, changes and deletions at any depth", async () => {
    await zk.create(path, "top");
    await zk.create(`${path}/a`, "1");
    const { cache, seen } = cacheOf();
    await cache.ready;
    expect(seen.toSorted()).toEqual(["added /a=1", "added =top", "synced"]);
    seen.length = 0;
    await zk.create(`${path}/a/b`, "2");
    await zk.setData(`${path}/a`, "3");
    await zk.delete(`${path}/a/b`);
    await eventually(() => seen.length === 3);
    expect(seen.toSorted()).toEqual(["added /a/b=2", "changed /a=3", "removed /a/b=2"]);
    expect([cache.size, cache.get(`${path}/a`)?.data, cache.isFresh]).toEqual([2, "3", true]);
  });

  it("waits for a root znode that does not exist yet", async () => {
    const { cache, seen } = cacheOf();
    await cache.ready;
    await zk.create(path, "late");
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(["synced", "added =late"]);
  });

  it("reports a znode that was deleted and created again as removed and added", async () => {
    await zk.create(path, "old");
    const { cache, seen } = cacheOf();
    await cache.ready;
    await zk.transaction().delete(path).create(path, "new").commit();
    await eventually(() => cache.get(path)?.data === "new");
    expect(seen.slice(2)).toEqual(["removed =old", "added =new"]);
  });

  it("reads znodes down to the depth in its options", async () => {
    await zk.create(path);
    await zk.create(`${path}/a`);
    await zk.create(`${path}/a/b`);
    const { cache } = cacheOf(zk, 1);
    await cache.ready;
    await zk.create(`${path}/a/c`);
    await zk.create(`${path}/d`);
    await eventually(() => cache.size === 3);
    expect([...cache.nodes()].map((node) => node.path.slice(path.length)).toSorted()).toEqual(["", "/a", "/d"]);
  });

  it.each(["suspended", "expired"] as const)("catches up when its client was %s", async (wanted) => {
    const {
      zk: client,
      isolate,
      accept,
      reaches,
    } = await (wanted === "expired" ? context.dying() : context.unstable());
    await zk.create(path);
    await zk.create(`${path}/a`, "1");
    const { cache, seen } = cacheOf(client);
    await cache.ready;
    seen.length = 0;
    isolate();
    await reaches(wanted);
    expect(cache.isFresh).toBe(false);
    await zk.setData(`${path}/a`, wanted);
    await zk.create(`${path}/${wanted}`);
    accept();
    await eventually(() => seen.includes("synced") && cache.isFresh, { what: `sync after ${wanted}` });
    expect(seen.toSorted()).toEqual([`added /${wanted}=`, `changed /a=${wanted}`, "synced"]);
    await zk.delete(`${path}/${wanted}`);
    await eventually(() => seen.includes(`removed /${wanted}=`));
  });

  it("reports data that the codec cannot decode as invalid, and adds the znode when it can be decoded", async () => {
    await zk.create(path, "no json");
    const cache = new NodeCache<number>(zk, { path, codec: jsonCodec() });
    const events = cache.events();
    await cache.ready;
    expect(await events.next()).toMatchObject({ value: { type: "invalid", path } });
    expect(cache.current).toBe(undefined);
    await zk.setData(path, "42");
    await eventually(() => cache.current?.data === 42);
    await zk.setData(path, "again no json");
    await eventually(() => cache.current === undefined);
    await cache.close();
    const rest: unknown[] = [];
    for await (const event of events) rest.push(event);
    expect(rest).toMatchObject([
      { type: "synced" },
      { type: "added", node: { data: 42 } },
      { type: "invalid", path, previous: { data: 42 }, error: { name: "SyntaxError" } },
    ]);
  });

  it("reports a znode that it may not read as invalid, and its later state after the next connection", async () => {
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    const unstable = await connect(proxy.connectString, {
      sessionTimeoutMs: PATIENT_SESSION_MS,
      backoff: { maxMs: 50 },
    });
    onTestFinished(async () => {
      await unstable.close();
      await proxy.close();
    });
    const nobodyReads = [{ permissions: Permission.ALL & ~Permission.READ, id: { scheme: "world", id: "anyone" } }];
    await zk.create(path, "secret", { acl: nobodyReads });
    const { cache, seen } = cacheOf(unstable, 0);
    await cache.ready;
    for (const act of [
      () => zk.setACL(path, OPEN_ACL_UNSAFE),
      () => zk.setACL(path, nobodyReads),
      () => zk.setData(path, "secret still"),
      () => zk.delete(path),
    ]) {
      const syncs = seen.filter((event) => event === "synced").length;
      await act();
      await unstable.sync(path);
      proxy.cut();
      await eventually(() => seen.filter((event) => event === "synced").length > syncs);
    }
    expect(seen.filter((event) => event !== "synced")).toEqual([
      "invalid ",
      "added =secret",
      "invalid ",
      "removed =undefined",
    ]);
  });

  it("can be closed without a connection, also while it reads", async () => {
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    const unstable = await connect(proxy.connectString, {
      sessionTimeoutMs: PATIENT_SESSION_MS,
      backoff: { maxMs: 50 },
    });
    onTestFinished(async () => {
      await unstable.close();
      await proxy.close();
    });
    const { cache } = cacheOf(unstable);
    await cache.ready;
    proxy.refuse();
    proxy.cut();
    await eventually(() => unstable.state === "suspended");
    const { cache: late } = cacheOf(unstable);
    await Promise.all([cache.close(), late.close()]);
    expect(unstable.state).toBe("suspended");
    await expect(late.ready).rejects.toThrow("was closed");
  });

  it("ends when its client is closed", async () => {
    const other = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    const cache = new TreeCache(other, { path, codec: textCodec });
    await cache.ready;
    const events = cache.events();
    await other.close();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await cache.close();
  });
});
