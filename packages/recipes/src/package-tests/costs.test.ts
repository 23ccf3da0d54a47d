import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import {
  AtomicValue,
  Barrier,
  Counter,
  DoubleBarrier,
  Group,
  Latch,
  LeaderElection,
  MultiLock,
  Mutex,
  PersistentNode,
  Queue,
  ReadWriteLock,
  Semaphore,
  ServiceRegistry,
  TreeCache,
} from "../index.js";

type Act = () => unknown;
/** Makes what is to be there before, and resolves with what is counted at `zk`; `other` is not counted. */
type Prepare = (zk: ZooKeeper, path: string, other: ZooKeeper) => Promise<Act>;
/** Round trips until it resolves, and all requests, those in the background among them. */
type Cost = readonly [roundTrips: number, requests: number, prepare: Prepare];

interface Held {
  release(): Promise<unknown>;
}

/** Whatever this client does of itself, one request on the answer to another, is done. Is not counted. */
async function settled(zk: ZooKeeper): Promise<void> {
  for (let step = 0; step < 20; step++) {
    await zk.sync("/");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Frames that pass a proxy: a round trip begins with a request that is sent while no answer is awaited. */
class Count {
  /** Those that are answered: what a client sends after the answer that it waited for may pass before it has that. */
  roundTrips = 0;
  requests = 0;
  readonly #awaited = new Set<number>();
  #begun = 0;

  readonly see = (bytes: Buffer, direction: "requests" | "replies", index: number): Buffer => {
    const xid = index === 0 ? 0 : bytes.readInt32BE(4);
    if (direction === "replies") {
      if (this.#awaited.delete(xid)) this.roundTrips = this.#begun;
    }
    // No handshake, ping or watch, and none of `settled`.
    else if (xid > 0 && !bytes.subarray(8).equals(SYNC_OF_THE_ROOT)) {
      if (this.#awaited.size === 0) this.#begun++;
      this.requests++;
      this.#awaited.add(xid);
    }
    return bytes;
  };
}
/** Its operation, 9, and its path. */
const SYNC_OF_THE_ROOT = Buffer.from([0, 0, 0, 9, 0, 0, 0, 1, "/".charCodeAt(0)]);

/** What a thing that is granted costs: alone, and behind another one. */
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
    [`${name}: to join the line`]: [
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
          // Not awaited: what is waited for here is the grant.
          void holder.release();
          await won;
        };
      },
    ],
  };
}

const locks = { acquire: [1, 3], release: [1, 1], join: [2, 4], win: [0, 0] } as const;
const queue = async (zk: ZooKeeper, path: string): Promise<Queue<string>> => {
  const made = new Queue(zk, { path, codec: textCodec });
  await made.put("first");
  await (await made.take()).ack();
  await made.put("item");
  await settled(zk);
  return made;
};
const value = async (zk: ZooKeeper, path: string): Promise<AtomicValue<string>> => {
  const made = new AtomicValue(zk, { path, codec: textCodec });
  await made.set("a");
  await settled(zk);
  return made;
};
const group = async (zk: ZooKeeper, path: string): Promise<Group<number>> => {
  const made = new Group<number>(zk, { path });
  await (await made.join({ id: "a", data: 1 })).leave();
  await settled(zk);
  return made;
};
/** Begins to enter, and is left waiting for the others. */
async function standIn(barrier: DoubleBarrier, zk: ZooKeeper): Promise<void> {
  // Ends with its client.
  barrier.enter().catch(() => {});
  await settled(zk);
}
/** The barriers of two that have been through a round together. */
async function afterRound(zk: ZooKeeper, path: string, other: ZooKeeper): Promise<[DoubleBarrier, DoubleBarrier]> {
  const [own, theirs] = [new DoubleBarrier(zk, { path, size: 2 }), new DoubleBarrier(other, { path, size: 2 })];
  const passages = await Promise.all([own.enter(), theirs.enter()]);
  await Promise.all(passages.map((passage) => passage.leave()));
  return [own, theirs];
}

// The READMEs of the recipes tell these numbers.
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
  "Semaphore: to try for two, free": [
    2,
    7,
    async (zk, path) => {
      const semaphore = new Semaphore(zk, { path, permits: 2 });
      await (await semaphore.acquire()).release();
      return () => semaphore.tryAcquire({ permits: 2 });
    },
  ],
  "Semaphore: to try, refused": [
    1,
    2,
    async (zk, path, other) => {
      await new Semaphore(other, { path, permits: 1 }).acquire();
      return () => new Semaphore(zk, { path, permits: 1 }).tryAcquire();
    },
  ],
  "Mutex: to try, free": [
    2,
    5,
    async (zk, path) => {
      const mutex = new Mutex(zk, { path });
      await (await mutex.acquire()).release();
      return () => mutex.tryAcquire();
    },
  ],
  "Semaphore: two permits": [
    4,
    10,
    async (zk, path) => {
      const semaphore = new Semaphore(zk, { path, permits: 2 });
      await (await semaphore.acquire()).release();
      return () => semaphore.acquire({ permits: 2 });
    },
  ],
  "Barrier: to set": [1, 2, async (zk, path) => () => new Barrier(zk, { path }).set()],
  "Barrier: to pass": [1, 2, async (zk, path) => () => new Barrier(zk, { path }).wait()],
  "Barrier: to go on when it is lifted": [
    1,
    2,
    async (zk, path, other) => {
      await new Barrier(other, { path }).set();
      const passed = new Barrier(zk, { path }).wait();
      await settled(zk);
      return async () => {
        await new Barrier(other, { path }).lift();
        await passed;
      };
    },
  ],
  "Barrier: to lift": [
    2,
    3,
    async (zk, path) => {
      const barrier = new Barrier(zk, { path });
      await barrier.set();
      await settled(zk);
      return () => barrier.lift();
    },
  ],
  "DoubleBarrier: to enter, and wait": [
    3,
    4,
    async (zk, path, other) => {
      await standIn(new DoubleBarrier(other, { path, size: 3 }), other);
      await zk.sync(path);
      return () => standIn(new DoubleBarrier(zk, { path, size: 3 }), zk);
    },
  ],
  "DoubleBarrier: to enter as the last": [
    4,
    5,
    async (zk, path, other) => {
      await standIn(new DoubleBarrier(other, { path, size: 2 }), other);
      await zk.sync(path);
      return () => new DoubleBarrier(zk, { path, size: 2 }).enter();
    },
  ],
  // The transaction that makes the round goes ahead of the rest, and is not waited for.
  "DoubleBarrier: to enter again, as the last": [
    3,
    5,
    async (zk, path, other) => {
      const [own, theirs] = await afterRound(zk, path, other);
      await standIn(theirs, other);
      await zk.sync(path);
      return () => own.enter();
    },
  ],
  // The watch that the last look left is taken back in the background.
  "DoubleBarrier: to hear that the round begins": [
    1,
    3,
    async (zk, path, other) => {
      const entered = new DoubleBarrier(zk, { path, size: 2 }).enter();
      await settled(zk);
      await other.sync(path);
      return () => {
        void new DoubleBarrier(other, { path, size: 2 }).enter();
        return entered;
      };
    },
  ],
  "Latch: to count down": [
    2,
    2,
    async (zk, path) => {
      const latch = new Latch(zk, { path, count: 3 });
      await latch.countDown();
      await settled(zk);
      return () => latch.countDown();
    },
  ],
  "Counter: to add": [
    2,
    3,
    async (zk, path) => {
      const counter = new Counter(zk, { path });
      await counter.add(1n);
      await settled(zk);
      return () => counter.add(1n);
    },
  ],
  "AtomicValue: to get": [
    1,
    1,
    async (zk, path) => {
      const made = await value(zk, path);
      return () => made.get();
    },
  ],
  "AtomicValue: to compare and set": [
    1,
    2,
    async (zk, path) => {
      const made = await value(zk, path);
      const read = await made.get();
      return () => made.compareAndSet(read, "b");
    },
  ],
  "AtomicValue: to set": [
    1,
    2,
    async (zk, path) => {
      const made = await value(zk, path);
      return () => made.set("b");
    },
  ],
  "Queue: to put": [
    2,
    3,
    async (zk, path) => {
      const made = await queue(zk, path);
      return () => made.put("a");
    },
  ],
  "Queue: to take an item that is there": [
    3,
    4,
    async (zk, path) => {
      const made = await queue(zk, path);
      return () => made.take();
    },
  ],
  "Queue: to acknowledge": [
    1,
    1,
    async (zk, path) => {
      const item = await (await queue(zk, path)).take();
      return () => item.ack();
    },
  ],
  "Queue: to give back": [
    2,
    3,
    async (zk, path) => {
      const item = await (await queue(zk, path)).take();
      return () => item.release();
    },
  ],
  "Group: to join": [
    1,
    2,
    async (zk, path) => {
      const made = await group(zk, path);
      return () => made.join({ id: "a", data: 1 });
    },
  ],
  "Group: to leave": [
    1,
    1,
    async (zk, path) => {
      const membership = await (await group(zk, path)).join({ id: "a", data: 1 });
      return () => membership.leave();
    },
  ],
  "Group: to follow one member": [
    3,
    4,
    async (zk, path) => {
      const made = await group(zk, path);
      await made.join({ id: "a", data: 1 });
      return () => made.follow();
    },
  ],
  "Group: to list one member": [
    2,
    2,
    async (zk, path) => {
      const made = await group(zk, path);
      await made.join({ id: "a", data: 1 });
      return () => made.members();
    },
  ],
  "ServiceRegistry: to register": [
    1,
    2,
    async (zk, path) => {
      await (await new ServiceRegistry(zk, { path }).register({ name: "api" })).unregister();
      return () => new ServiceRegistry(zk, { path }).register({ name: "api" });
    },
  ],
  "PersistentNode: to hold something else": [
    1,
    2,
    async (zk, path) => {
      const node = new PersistentNode(zk, { path, data: "a" });
      await node.whenPresent();
      return () => node.setData("b");
    },
  ],
  "TreeCache: to be filled with two": [
    3,
    5,
    async (zk, path) => {
      await zk.create(path);
      await zk.create(`${path}/a`);
      return () => new TreeCache(zk, { path, codec: textCodec }).ready;
    },
  ],
};

describeOnEachEnsemble("it costs", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it.each(Object.entries(costs))("%s", async (_name, [roundTrips, requests, prepare]) => {
    const { zk, proxy } = await context.unstable();
    const act = await prepare(zk, context.newPath(), await context.client());
    await settled(zk);
    const count = new Count();
    proxy.corrupt(count.see);
    await act();
    const until = count.roundTrips;
    await settled(zk);
    expect({ roundTrips: until, requests: count.requests }).toEqual({ roundTrips, requests });
  });
});
