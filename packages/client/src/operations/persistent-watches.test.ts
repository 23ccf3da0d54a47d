import { collectEvents, eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterEach, beforeAll, expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { type PersistentWatchEvent, type ZooKeeper } from "../index.js";

describeOnEachEnsemble("persistent watches", ({ connectString, root }) => {
  const open: ZooKeeper[] = [];
  const client = async (servers = connectString()): Promise<ZooKeeper> => {
    const zk = await connectForLong(servers + root);
    open.push(zk);
    return zk;
  };
  let made = 0;
  const fresh = (): string => `/w${++made}`;
  beforeAll(async () => {
    await using zk = await connectForLong(connectString());
    await zk.create(root);
  });
  afterEach(async () => {
    for (const zk of open.splice(0)) await zk.close();
  });

  it("report every change of a znode, which need not exist at first", async () => {
    const zk = await client();
    const path = fresh();
    const { add, events } = collectEvents<PersistentWatchEvent>();
    await zk.addWatch(path, add);
    await zk.create(path);
    await zk.setData(path, "1");
    await zk.create(`${path}/kid`);
    await zk.setData(`${path}/kid`, "not reported");
    await zk.delete(`${path}/kid`);
    await zk.delete(path);
    expect(events).toEqual([
      { type: "nodeCreated", path },
      { type: "nodeDataChanged", path },
      { type: "nodeChildrenChanged", path },
      { type: "nodeChildrenChanged", path },
      { type: "nodeDeleted", path },
    ]);
  });

  it("that are recursive report every change below, and no lists of children", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    const { add, events } = collectEvents<PersistentWatchEvent>();
    await zk.addWatch(path, add, { recursive: true });
    await zk.create(`${path}/a`);
    await zk.create(`${path}/a/b`, "1");
    await zk.setData(`${path}/a/b`, "2");
    await zk.delete(`${path}/a/b`);
    expect(events).toEqual([
      { type: "nodeCreated", path: `${path}/a` },
      { type: "nodeCreated", path: `${path}/a/b` },
      { type: "nodeDataChanged", path: `${path}/a/b` },
      { type: "nodeDeleted", path: `${path}/a/b` },
    ]);
  });

  it("at the root of the chroot see all of it", async () => {
    const zk = await client();
    const path = fresh();
    const { add, events } = collectEvents<PersistentWatchEvent>();
    await using _watch = await zk.addWatch("/", add, { recursive: true });
    await zk.create(path);
    expect(events).toEqual([{ type: "nodeCreated", path }]);
  });

  it("are kept on the server until the last listener is removed", async () => {
    const zk = await client();
    const path = fresh();
    const one = collectEvents<PersistentWatchEvent>();
    const two = collectEvents<PersistentWatchEvent>();
    const first = await zk.addWatch(path, one.add);
    const second = await zk.addWatch(path, two.add);
    expect([first.path, first.isActive, await zk.checkWatches(path, "any")]).toEqual([path, true, true]);
    await first.remove();
    expect([first.isActive, await zk.checkWatches(path, "any")]).toEqual([false, true]);
    await zk.create(path);
    expect([one.events, two.events.length]).toEqual([[], 1]);
    await second.remove();
    expect(await zk.checkWatches(path, "any")).toBe(false);
    await zk.setData(path, "x");
    expect(two.events).toHaveLength(1);
  });

  it("continue after a reconnect, which is reported as a gap", async () => {
    await using proxy = await startFaultProxy({ target: connectString().split(",")[0]! });
    const zk = await client(proxy.connectString);
    const other = await client();
    const path = fresh();
    await zk.create(path);
    const { add, events } = collectEvents<PersistentWatchEvent>();
    await zk.addWatch(path, add);
    await zk.addWatch(path, add, { recursive: true });
    proxy.cut();
    await other.setData(path, "missed");
    await eventually(() => expect(events.map(({ type }) => type)).toEqual(["gap", "gap"]));
    expect(events[0]).toEqual({ type: "gap", path, reason: "reconnected" });
    await zk.sync(path);
    await zk.create(`${path}/seen`);
    expect(events.slice(2).length).toBeGreaterThan(0);
    expect(events.at(-1)?.type).toMatch(/nodeCreated|nodeChildrenChanged/);
  });

  it("end with the client", async () => {
    const zk = await client();
    const path = fresh();
    const { add, events } = collectEvents<PersistentWatchEvent>();
    const watch = await zk.addWatch(path, add);
    await zk.close();
    await eventually(() => expect(events).toEqual([{ type: "sessionEnded", path, state: "closed" }]));
    expect(watch.isActive).toBe(false);
    await watch.remove();
  });

  it("as an iterator begin with a gap, report changes in order, and are removed when the loop is left", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    const seen: string[] = [];
    for await (const event of zk.watch(path, { recursive: true })) {
      seen.push(`${event.type} ${event.path}`);
      if (event.type === "gap") for (const name of ["a", "b"]) await zk.create(`${path}/${name}`);
      if (event.path === `${path}/b`) break;
    }
    expect(seen).toEqual([`gap ${path}`, `nodeCreated ${path}/a`, `nodeCreated ${path}/b`]);
    expect(await zk.checkWatches(path, "any")).toBe(false);
  });

  it("as an iterator end with the caller's signal, and with the session", async () => {
    const zk = await client();
    const path = fresh();
    const controller = new AbortController();
    const iterator = zk.watch(path, { signal: controller.signal });
    await iterator.next();
    const next = iterator.next();
    controller.abort(new Error("enough"));
    await expect(next).rejects.toMatchObject({ code: "ABORTED", cause: new Error("enough") });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await eventually(async () => expect(await zk.checkWatches(path, "any")).toBe(false));
    const seen: string[] = [];
    for await (const { type } of zk.watch(path)) {
      seen.push(type);
      if (type === "gap") void zk.close();
    }
    expect(seen).toEqual(["gap", "sessionEnded"]);
  });

  it("as an iterator buffer a bounded number of events, and report dropped ones", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    const iterator = zk.watch(path, { maxBuffered: 2 });
    await iterator.next();
    for (let i = 0; i < 3; i++) await zk.setData(path, String(i));
    expect((await iterator.next()).value).toEqual({ type: "gap", path, reason: "overflow" });
    await zk.setData(path, "last");
    expect((await iterator.next()).value).toEqual({ type: "nodeDataChanged", path });
    await iterator.return?.();
  });

  it("reject an invalid path or listener", async () => {
    const zk = await client();
    await expect(zk.addWatch("a", () => {})).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(zk.addWatch("/a", 7 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(zk.watch("a").next()).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("one-shot watches can be removed", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    const data = collectEvents<PersistentWatchEvent>();
    const children = collectEvents<PersistentWatchEvent>();
    await zk.getData(path, { watch: data.add });
    await zk.getChildren(path, { watch: children.add });
    expect(await zk.checkWatches(path, "data")).toBe(true);
    await zk.removeWatches(path, { type: "data", listener: data.add });
    expect([await zk.checkWatches(path, "data"), await zk.checkWatches(path, "children")]).toEqual([false, true]);
    await zk.setData(path, "x");
    await zk.create(`${path}/kid`);
    expect([data.events.length, children.events.length]).toEqual([0, 1]);
    await expect(zk.removeWatches(path)).rejects.toMatchObject({ code: "NO_WATCHER", outcome: "not-applied" });
  });

  it("a watch fires before any answer shows the change, even if another read is aborted", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    const { add, events } = collectEvents<PersistentWatchEvent>();
    const controller = new AbortController();
    const givenUp = zk.getData(path, { watch: () => {}, signal: controller.signal });
    const kept = zk.getData(path, { watch: add });
    await new Promise(process.nextTick);
    controller.abort();
    await expect(givenUp).rejects.toMatchObject({ code: "ABORTED" });
    await zk.setData(path, "x");
    expect(events).toEqual([{ type: "nodeDataChanged", path }]);
    expect((await kept).stat.version).toBe(0);
  });

  it("a watch of a read is kept while others are removed", async () => {
    const zk = await client();
    const path = fresh();
    await zk.create(path);
    await zk.getData(path, { watch: () => {} });
    const { add, events } = collectEvents<PersistentWatchEvent>();
    const [read] = await Promise.all([zk.getData(path, { watch: add }), zk.removeWatches(path)]);
    expect(read.stat.version).toBe(0);
    await zk.setData(path, "x");
    await zk.sync(path);
    expect(events).toEqual([{ type: "nodeDataChanged", path }]);
  });
});
