import { connect, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { type Cost, measure } from "../test-support/request-count.js";
import { settled, TestContext } from "../test-support/test-context.js";
import { LeaderElection, MultiLock, Mutex, ReadWriteLock, Semaphore } from "./index.js";

interface Held {
  release(): Promise<unknown>;
}

/** Costs to acquire a grant: without contention, and after waiting for another holder. */
function granted(
  name: string,
  acquire: (zk: ZooKeeper, path: string) => Promise<Held>,
  cost: Readonly<Record<"acquire" | "release" | "join" | "win", readonly [number, number]>>,
  obstruct = acquire,
): Record<string, Cost> {
  const used = async (zk: ZooKeeper, path: string): Promise<void> => {
    await (await acquire(zk, path)).release();
    await settled(zk);
  };
  const waits = async (zk: ZooKeeper, path: string, other: ZooKeeper) => {
    await used(zk, path);
    await other.sync(path);
    const holder = await obstruct(other, path);
    await settled(other);
    await zk.sync(path);
    return holder;
  };
  return {
    [`${name}: to acquire, free`]: [
      ...cost.acquire,
      async (zk, path) => {
        await used(zk, path);
        return () => acquire(zk, path);
      },
    ],
    [`${name}: to release`]: [
      ...cost.release,
      async (zk, path) => {
        await used(zk, path);
        const held = await acquire(zk, path);
        return () => held.release();
      },
    ],
    [`${name}: to join the queue`]: [
      ...cost.join,
      async (zk, path, other) => {
        await waits(zk, path, other);
        return async () => {
          acquire(zk, path).catch(() => {});
          await settled(zk);
        };
      },
    ],
    [`${name}: to win after waiting`]: [
      ...cost.win,
      async (zk, path, other) => {
        const holder = await waits(zk, path, other);
        const won = acquire(zk, path);
        await settled(zk);
        return async () => {
          // Not awaited: the call to measure is the grant.
          void holder.release();
          await won;
        };
      },
    ],
  };
}

const locks = { acquire: [1, 3], release: [1, 1], join: [2, 4], win: [0, 0] } as const;
// The READMEs of the recipes state these numbers.
const costs: Readonly<Record<string, Cost>> = {
  ...granted("Mutex", (zk, path) => new Mutex(zk, { path }).acquire(), locks),
  ...granted("ReadWriteLock, write", (zk, path) => new ReadWriteLock(zk, { path }).write.acquire(), locks),
  ...granted(
    "ReadWriteLock, read",
    (zk, path) => new ReadWriteLock(zk, { path }).read.acquire(),
    locks,
    (zk, path) => new ReadWriteLock(zk, { path }).write.acquire(),
  ),
  ...granted("LeaderElection", (zk, path) => new LeaderElection(zk, { path, id: "a" }).campaign(), {
    ...locks,
    join: [2, 3],
    win: [1, 2],
  }),
  ...granted("Semaphore", (zk, path) => new Semaphore(zk, { path, permits: 1 }).acquire(), {
    acquire: [3, 7],
    release: [1, 1],
    join: [3, 6],
    win: [2, 3],
  }),
  ...granted(
    "MultiLock of two",
    (zk, path) => new MultiLock(["a", "b"].map((name) => new Mutex(zk, { path: `${path}/${name}` }))).acquire(),
    { acquire: [2, 6], release: [1, 2], join: [2, 4], win: [1, 3] },
  ),
  "Semaphore: to acquire two free permits by tryAcquire": [
    2,
    7,
    async (zk, path) => {
      const semaphore = new Semaphore(zk, { path, permits: 2 });
      await (await semaphore.acquire()).release();
      return () => semaphore.tryAcquire({ permits: 2 });
    },
  ],
  "Semaphore: tryAcquire without a free permit": [
    1,
    2,
    async (zk, path, other) => {
      await new Semaphore(other, { path, permits: 1 }).acquire();
      return () => new Semaphore(zk, { path, permits: 1 }).tryAcquire();
    },
  ],
  "Mutex: to acquire a free lock by tryAcquire": [
    2,
    5,
    async (zk, path) => {
      const mutex = new Mutex(zk, { path });
      await (await mutex.acquire()).release();
      return () => mutex.tryAcquire();
    },
  ],
  "Semaphore: to acquire two permits": [
    4,
    10,
    async (zk, path) => {
      const semaphore = new Semaphore(zk, { path, permits: 2 });
      await (await semaphore.acquire()).release();
      return () => semaphore.acquire({ permits: 2 });
    },
  ],
};

describeOnEachEnsemble("a grant costs", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it.each(Object.entries(costs))("%s", async (_name, [roundTrips, requests, prepare]) => {
    const client = await context.unstable();
    const call = await prepare(client.zk, context.newPath(), await context.client());
    expect(await measure(client, call)).toEqual({ roundTrips, requests });
  });
});
