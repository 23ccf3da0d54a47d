/* A list of children that is longer than the client accepts fails the recipes that read it, but does not end the session. */
import { CreateMode, connect, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import { Group, LeaderElection, Mutex, Partitioner, Queue, TreeCache } from "../index.js";

const MAX_REPLY_BYTES = 10_000;

describeOnEachEnsemble("a reply above maxReplyBytes", (servers) => {
  const ensemble = oneServer(servers);
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Returns a client with a small `maxReplyBytes`, a lock that it holds, and the states of its session. */
  const holder = async () => {
    const zk = await connect(ensemble.connectString(), {
      maxReplyBytes: MAX_REPLY_BYTES,
      sessionTimeoutMs: PATIENT_SESSION_MS,
    });
    onTestFinished(() => zk.close());
    const states: string[] = [];
    zk.on("state", ({ state }) => states.push(state));
    const grant = await new Mutex(zk, { path: context.newPath() }).acquire();
    return { zk, states, grant };
  };
  const makeLong = async (zk: ZooKeeper, path: string): Promise<void> => {
    const prefix = `${path}/${"x".repeat(90)}`;
    const mode = CreateMode.PERSISTENT_SEQUENTIAL;
    await Promise.all(Array.from({ length: 120 }, () => zk.create(prefix, null, { mode })));
  };

  it("fails a cache with an error that names the option, and keeps the session and its locks", async () => {
    const { zk, states, grant } = await holder();
    const path = context.newPath();
    await zk.create(path);
    await makeLong(zk, path);
    const cache = new TreeCache(zk, { path, codec: textCodec });
    const events: unknown[] = [];
    cache.on((event) => event.type === "failed" && events.push(event.error));
    await expect(cache.ready).rejects.toThrow(`the list of the children of ${path} is longer than the client accepts`);
    expect(events).toEqual([await cache.ready.catch((error: unknown) => error)]);
    expect(events[0]).toMatchObject({ message: expect.stringContaining("raise maxReplyBytes") });
    await cache.close();
    await zk.sync("/");
    expect([cache.isFresh, states, grant.signal.aborted]).toEqual([false, [], false]);
  });

  it("fails a cache that reads its list again, and ends its iterators", async () => {
    const { proxy, zk: other } = await context.unstable();
    const zk = await connect(proxy.connectString, {
      ...{ maxReplyBytes: MAX_REPLY_BYTES, sessionTimeoutMs: PATIENT_SESSION_MS, backoff: { initialMs: 10 } },
    });
    onTestFinished(() => zk.close());
    const path = context.newPath();
    await other.create(path);
    await using cache = new TreeCache(zk, { path, codec: textCodec });
    await cache.ready;
    const failed = (async () => {
      for await (const event of cache.events()) if (event.type === "failed") break;
    })();
    const ended = (async () => {
      for await (const _ of cache.events());
    })();
    ended.catch(() => {});
    await makeLong(other, path);
    await eventually(() => cache.size === 121, { what: "the znodes that were created one by one" });
    proxy.cut();
    await failed;
    await expect(ended).rejects.toThrow("gave up");
    expect([cache.isFresh, cache.size]).toEqual([false, 121]);
  });

  it("makes one znode of a cache invalid when its data is too long", async () => {
    const { zk, states } = await holder();
    const path = context.newPath();
    await zk.create(path, "top");
    await zk.create(`${path}/long`, "x".repeat(MAX_REPLY_BYTES));
    await zk.create(`${path}/short`, "x");
    await using cache = new TreeCache(zk, { path, codec: textCodec });
    await cache.ready;
    expect([[...cache.nodes()].map((node) => node.path.slice(path.length)).toSorted(), states]).toEqual([
      ["", "/short"],
      [],
    ]);
  });

  it.each<[name: string, folder: string, use: (zk: ZooKeeper, path: string) => Promise<unknown>]>([
    ["a list of members", "", (zk, path) => new Group(zk, { path }).members()],
    ["a view of members", "", (zk, path) => new Group(zk, { path }).follow()],
    ["a lock", "", (zk, path) => new Mutex(zk, { path }).acquire()],
    ["an election", "", (zk, path) => new LeaderElection(zk, { path }).campaign()],
    ["a queue", "/items", (zk, path) => new Queue(zk, { path, codec: textCodec }).take()],
    [
      "a partitioner",
      "/members",
      (zk, path) => new Partitioner(zk, { path, keys: ["k"] }).run(() => {}, { signal: new AbortController().signal }),
    ],
  ])("fails %s with an error that names the option, and keeps the session", async (_, folder, use) => {
    const { zk, states, grant } = await holder();
    const path = context.newPath();
    await zk.create(path);
    if (folder !== "") await zk.create(`${path}${folder}`);
    await makeLong(zk, `${path}${folder}`);
    await expect(use(zk, path)).rejects.toThrow("maxReplyBytes");
    await zk.sync("/");
    expect([states, grant.signal.aborted]).toEqual([[], false]);
  });
});
