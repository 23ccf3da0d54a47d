import {
  CreateMode,
  connect,
  isZkError,
  Permission,
  textCodec,
  type WalkedNode,
  walk,
  type ZooKeeper,
} from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { settled, TestContext } from "../test-support/test-context.js";
import {
  AtomicValue,
  Barrier,
  DoubleBarrier,
  Group,
  Latch,
  LeaderElection,
  MultiLock,
  Mutex,
  Partitioner,
  PersistentNode,
  Queue,
  ReadWriteLock,
  Semaphore,
} from "./index.js";

interface Wait {
  /** Makes `wait` wait. */
  readonly obstruct: (zk: ZooKeeper, path: string) => Promise<unknown>;
  readonly wait: (zk: ZooKeeper, path: string, options?: { readonly signal?: AbortSignal }) => Promise<unknown>;
}

const nothing = async (): Promise<void> => {};
const never = new AbortController().signal;
const multiLock = (zk: ZooKeeper, path: string): MultiLock =>
  new MultiLock(["a", "b"].map((name) => new Mutex(zk, { path: `${path}/${name}` })));

/** Waits that succeed when the znodes for which they wait are deleted. */
const unblockedByDeletion: Readonly<Record<string, Wait>> = {
  Mutex: {
    obstruct: (zk, path) => new Mutex(zk, { path }).acquire(),
    wait: (zk, path, options) => new Mutex(zk, { path }).acquire(options),
  },
  "ReadWriteLock, to read": {
    obstruct: (zk, path) => new ReadWriteLock(zk, { path }).write.acquire(),
    wait: (zk, path, options) => new ReadWriteLock(zk, { path }).read.acquire(options),
  },
  "ReadWriteLock, to write": {
    obstruct: (zk, path) => new ReadWriteLock(zk, { path }).read.acquire(),
    wait: (zk, path, options) => new ReadWriteLock(zk, { path }).write.acquire(options),
  },
  Semaphore: {
    obstruct: (zk, path) => new Semaphore(zk, { path, permits: 1 }).acquire(),
    wait: (zk, path, options) => new Semaphore(zk, { path, permits: 1 }).acquire(options),
  },
  MultiLock: {
    obstruct: (zk, path) => new Mutex(zk, { path: `${path}/b` }).acquire(),
    wait: (zk, path, options) => multiLock(zk, path).acquire(options),
  },
  LeaderElection: {
    obstruct: (zk, path) => new LeaderElection(zk, { path, id: "first" }).campaign(),
    wait: (zk, path, options) => new LeaderElection(zk, { path, id: "next" }).campaign(options),
  },
  Group: {
    // Not a member: a member would create its znode again.
    obstruct: async (zk, path) => {
      await zk.create(path, null, { mode: CreateMode.CONTAINER });
      await zk.create(`${path}/a`, "1", { mode: CreateMode.EPHEMERAL });
    },
    wait: (zk, path, { signal } = {}) => new Group(zk, { path }).join({ id: "a", data: 2, signal }),
  },
};

const waiting: Readonly<Record<string, Wait>> = {
  ...unblockedByDeletion,
  Barrier: {
    obstruct: (zk, path) => new Barrier(zk, { path }).set(),
    wait: (zk, path, options) => new Barrier(zk, { path }).wait(options),
  },
  Latch: { obstruct: nothing, wait: (zk, path, options) => new Latch(zk, { path, count: 1 }).wait(options) },
  DoubleBarrier: {
    obstruct: nothing,
    wait: (zk, path, options) => new DoubleBarrier(zk, { path, size: 2 }).enter(options),
  },
  Queue: {
    obstruct: nothing,
    wait: (zk, path, options) => new Queue(zk, { path, codec: textCodec }).take(options),
  },
  Partitioner: {
    obstruct: (zk, path) => new Group(zk, { path: `${path}/members` }).join({ id: "a", data: 1 }),
    wait: (zk, path, { signal = never } = {}) =>
      new Partitioner(zk, { path, keys: ["k"], id: "a" }).run(() => {}, { signal }),
  },
};

/** Returns the znode and its descendants, the last created first, and so children before their parents. */
async function descendants(zk: ZooKeeper, path: string): Promise<WalkedNode[]> {
  await zk.sync(path);
  const found: WalkedNode[] = [];
  if ((await zk.exists(path)) !== null) for await (const each of walk(zk, path)) found.unshift(each);
  return found.sort((a, b) => Number(b.stat.czxid - a.stat.czxid));
}

async function ephemerals(zk: ZooKeeper, path: string): Promise<string[]> {
  return (await descendants(zk, path)).flatMap((each) => (each.stat.ephemeralOwner === 0n ? [] : [each.path]));
}

/**
 * Deletes a tree in one transaction, also while clients create znodes in it. Apache ZooKeeper fires the watches of a
 * transaction one znode after the other: a waiter must receive the deletion of its own znode before that of its predecessor.
 * Otherwise it would be granted, and lose the grant at once.
 */
async function deleteTree(zk: ZooKeeper, path: string): Promise<void> {
  await eventually(async () => {
    const all = zk.transaction();
    for (const each of await descendants(zk, path)) all.delete(each.path);
    return all.commit().then(
      () => true,
      (error: unknown) => {
        if (isZkError(error, "NO_NODE", "NOT_EMPTY")) return false;
        throw error;
      },
    );
  });
}

describeOnEachEnsemble("waits and grants of every recipe under faults", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  describe.each(Object.entries(waiting))("%s", (_name, { obstruct, wait }) => {
    it("rejects its wait with CLOSED when the client is closed", async () => {
      const path = context.newPath();
      const [other, zk] = [await context.client(), await context.client()];
      await obstruct(other, path);
      await zk.sync(path);
      const waited = wait(zk, path);
      waited.catch(() => {});
      await settled(zk);
      await zk.close();
      await expect(waited).rejects.toMatchObject({ code: "CLOSED" });
    });

    it("leaves no znode and no watch of an aborted wait", async () => {
      const path = context.newPath();
      const other = await context.client();
      const { zk, proxy } = await context.unstable();
      await obstruct(other, path);
      const before = await ephemerals(other, path);
      await zk.sync(path);
      const stop = new AbortController();
      const waited = wait(zk, path, { signal: stop.signal }).catch(() => {});
      await settled(zk);
      stop.abort();
      await waited;
      await eventually(async () => (await ephemerals(other, path)).length === before.length);
      await settled(zk);
      const { notifications } = proxy.traffic;
      await deleteTree(other, path);
      await other.create(path);
      await other.create(`${path}/a`);
      await settled(zk);
      expect(proxy.traffic.notifications).toBe(notifications);
    });

    it("sends no request for a wait with an aborted signal", async () => {
      const { zk, proxy } = await context.unstable();
      const { requests } = proxy.traffic;
      await wait(zk, context.newPath(), { signal: AbortSignal.abort(new Error("enough")) }).catch(() => {});
      expect(proxy.traffic.requests).toBe(requests);
    });
  });

  it.each(Object.entries(waiting))(
    "%s: a wait that is aborted at any of its requests leaves no znode",
    async (_name, each) => {
      const [other, { zk, proxy }] = [await context.client(), await context.unstable()];
      for (let last = 1; last <= 8; last++) {
        const path = context.newPath();
        await each.obstruct(other, path);
        const before = await ephemerals(other, path);
        await zk.sync(path);
        const stop = new AbortController();
        let sent = 0;
        proxy.corrupt((bytes, direction) => {
          if (direction === "requests" && ++sent === last) stop.abort();
          return bytes;
        });
        const waited = each.wait(zk, path, { signal: stop.signal }).catch(() => {});
        await settled(zk);
        await waited;
        proxy.corrupt(undefined);
        await eventually(async () => (await ephemerals(other, path)).length === before.length);
        await settled(zk);
        const { notifications } = proxy.traffic;
        await deleteTree(other, path);
        await other.create(path);
        await settled(zk);
        expect([last, proxy.traffic.notifications]).toEqual([last, notifications]);
      }
    },
  );

  it.each(Object.entries(unblockedByDeletion))(
    "%s: a wait continues when all znodes of the recipe are deleted",
    async (_name, each) => {
      const path = context.newPath();
      const [other, zk] = [await context.client(), await context.client()];
      await each.obstruct(other, path);
      await zk.sync(path);
      const waited = each.wait(zk, path);
      await settled(zk);
      await deleteTree(other, path);
      await waited;
      expect(await ephemerals(other, path)).not.toEqual([]);
    },
  );

  it.each(Object.entries(unblockedByDeletion))(
    "%s: a wait rejects with NO_AUTH when the ACL does not allow it",
    async (name, each) => {
      const path = context.newPath();
      const zk = await context.client();
      await zk.create(path, null, { acl: [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }] });
      await expect(each.wait(zk, path), name).rejects.toMatchObject({ code: "NO_AUTH" });
    },
  );

  it("a member or a persistent node rejects a name that no znode can have, and too much data", async () => {
    const zk = await context.client();
    const group = new Group(zk, { path: context.newPath() });
    await expect(group.join({ id: "\u{1f512}", data: 1 })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(group.join({ data: "x".repeat(2 ** 21) })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await using node = new PersistentNode(zk, { path: `${context.newPath()}/\u0001`, data: null });
    await expect(node.whenPresent()).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("a recipe accepts any name, as one component of a path", async () => {
    await using zk = await connect(`${ensemble.connectString()}${ensemble.root}`);
    for (const name of ["a/b", "..", ".", "\u{1f512} ü", "\u0001\n", "%2F", " ", "x".repeat(5_000)]) {
      await using grant = await new Mutex(zk, { name }).acquire();
      await new AtomicValue(zk, { name, codec: textCodec }).set("x");
      expect(grant.signal.aborted).toBe(false);
    }
  });

  it("recipes of many kinds share a path with each other and with unrelated znodes", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    for (const name of ["garbage", "lock-", "lock-abc", "lock-0000000001x", "_c_-lock--", "ü"]) {
      await zk.create(`${path}/${name}`);
    }
    const queue = new Queue(zk, { path, codec: textCodec });
    await queue.put("item");
    await new AtomicValue(zk, { path, codec: textCodec }).set("value");
    const grants = [
      await new Mutex(zk, { path }).acquire(),
      await new ReadWriteLock(zk, { path }).write.acquire(),
      await new Semaphore(zk, { path, permits: 1 }).acquire(),
      await new LeaderElection(zk, { path, id: "i" }).campaign(),
      await queue.take(),
    ];
    expect(grants.map(({ signal }) => signal.aborted)).not.toContain(true);
    await Promise.all(grants.map((grant) => grant.release()));
    await eventually(async () => (await ephemerals(zk, path)).length === 0);
  });

  it("a grant can be released any number of times, also after it was lost", async () => {
    const { zk, isolate, accept } = await context.unstable();
    for (const { wait } of [
      unblockedByDeletion.Mutex!,
      unblockedByDeletion.Semaphore!,
      unblockedByDeletion.MultiLock!,
    ]) {
      const path = context.newPath();
      const grant = (await wait(zk, path)) as Awaited<ReturnType<Mutex["acquire"]>>;
      isolate();
      await eventually(() => grant.signal.aborted);
      await Promise.all([grant.release(), grant.release()]);
      accept();
      await grant.release();
      expect(grant.signal.reason).toMatchObject({ code: "SUSPENDED" });
      await eventually(async () => zk.state === "connected" && (await ephemerals(zk, path)).length === 0);
    }
  });

  it("a loop over events removes its watches when it ends", async () => {
    const path = context.newPath();
    const other = await context.client();
    const { zk, proxy } = await context.unstable();
    const leadership = await new LeaderElection(other, { path, id: "l" }).campaign();
    const member = await new Group(other, { path: `${path}/group` }).join({ id: "a", data: 1 });
    await zk.sync(path);
    for await (const _ of new LeaderElection(zk, { path, id: "o" }).observe()) break;
    {
      await using view = await new Group(zk, { path: `${path}/group` }).follow();
      const events = view.events();
      await member.update(2);
      for await (const _ of events) break;
    }
    await settled(zk);
    const { notifications } = proxy.traffic;
    await Promise.all([leadership.release(), member.leave()]);
    await settled(zk);
    expect(proxy.traffic.notifications).toBe(notifications);
  });

  it("hundreds of waits in one process share one signal without a warning, and are granted in the order of their calls", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => void process.off("warning", warn));
    const zk = await context.client();
    const mutex = new Mutex(zk, { path: context.newPath() });
    const { signal } = new AbortController();
    const first = await mutex.acquire({ signal });
    const order: number[] = [];
    const runs = Array.from({ length: 300 }, (_, index) => mutex.run(() => void order.push(index), { signal }));
    await eventually(async () => (await zk.getChildren(mutex.path)).length === 301);
    await first.release();
    await Promise.all(runs);
    expect([order, warnings]).toEqual([runs.map((_, index) => index), []]);
  });
});
