import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import {
  AtomicValue,
  Barrier,
  Counter,
  DoubleBarrier,
  Group,
  Latch,
  Mutex,
  Queue,
  ReadWriteLock,
  Semaphore,
  ServiceRegistry,
  TreeCache,
} from "./index.js";
import { Stage } from "./stage.js";

interface Cost {
  /** What is done before, by the same client, so that the parents are there. */
  readonly before: (zk: ZooKeeper, path: string) => Promise<unknown>;
  readonly act: (zk: ZooKeeper, path: string, before: never) => Promise<unknown>;
  /** How many requests that is. What is sent together counts one by one. */
  readonly requests: number;
}

function cost<B>(
  requests: number,
  before: (zk: ZooKeeper, path: string) => Promise<B>,
  act: (zk: ZooKeeper, path: string, before: B) => Promise<unknown>,
): Cost {
  return { before, act, requests };
}

const used = async (zk: ZooKeeper, path: string): Promise<Mutex> => {
  const mutex = new Mutex(zk, { path });
  await (await mutex.acquire()).release();
  return mutex;
};
const semaphore = async (zk: ZooKeeper, path: string): Promise<Semaphore> => {
  const made = new Semaphore(zk, { path, permits: 2 });
  await (await made.acquire()).release();
  return made;
};
const queue = async (zk: ZooKeeper, path: string): Promise<Queue<string>> => {
  const made = new Queue(zk, { path, codec: textCodec });
  await made.put("first");
  await (await made.take()).ack();
  await made.put("item");
  await eventually(async () => (await zk.getChildren(path)).every((name) => !name.endsWith("proof")));
  return made;
};

// The READMEs of the recipes tell these numbers.
const costs: Readonly<Record<string, Cost>> = {
  "to acquire a mutex that is free": cost(3, used, (_zk, _path, mutex) => mutex.acquire()),
  "to release a mutex": cost(
    1,
    async (zk, path) => (await used(zk, path)).acquire(),
    (_zk, _path, grant) => grant.release(),
  ),
  "to acquire a read lock": cost(
    3,
    async (zk, path) => {
      const { read } = new ReadWriteLock(zk, { path });
      await (await read.acquire()).release();
      return read;
    },
    (_zk, _path, read) => read.acquire(),
  ),
  "to acquire a permit": cost(7, semaphore, (_zk, _path, made) => made.acquire()),
  "to set a barrier": cost(
    1,
    async (zk, path) => new Barrier(zk, { path }),
    (_zk, _path, barrier) => barrier.set(),
  ),
  "to pass a barrier that is not set": cost(
    2,
    async (zk, path) => new Barrier(zk, { path }),
    (_zk, _path, barrier) => barrier.wait(),
  ),
  "to enter a double barrier as the last": cost(
    5,
    async (zk, path) => {
      const barrier = new DoubleBarrier(zk, { path, size: 2 });
      const first = barrier.enter();
      await eventually(async () => (await zk.getChildren(`${path}/round-0000000001`)).length === 1);
      return { barrier, first };
    },
    // The other one is woken, and looks.
    async (_zk, _path, { barrier }) => barrier.enter(),
  ),
  // The transaction that makes the round goes ahead of the rest, and is not waited for.
  "to enter a double barrier again, as the last": cost(
    5,
    async (zk, path) => {
      const [barrier, other] = [1, 2].map(() => new DoubleBarrier(zk, { path, size: 2 })) as [
        DoubleBarrier,
        DoubleBarrier,
      ];
      const passages = await Promise.all([barrier.enter(), other.enter()]);
      await Promise.all(passages.map((passage) => passage.leave()));
      const first = other.enter();
      const isThere = async (): Promise<boolean> => {
        const rounds = await zk.getChildren(path);
        return rounds.includes("round-0000000002") && (await zk.getChildren(`${path}/round-0000000002`)).length === 1;
      };
      await eventually(isThere);
      return { barrier, first };
    },
    // The other one is woken, and looks.
    async (_zk, _path, { barrier }) => barrier.enter(),
  ),
  "to count a latch down": cost(
    2,
    async (zk, path) => {
      const latch = new Latch(zk, { path, count: 3 });
      await latch.countDown();
      return latch;
    },
    (_zk, _path, latch) => latch.countDown(),
  ),
  // And one in the background, that deletes the proof.
  "to add to a counter": cost(
    2,
    async (zk, path) => {
      const counter = new Counter(zk, { path });
      await counter.add(1n);
      await eventually(async () => (await zk.getChildren(path)).length === 0);
      return counter;
    },
    (_zk, _path, counter) => counter.add(1n),
  ),
  "to compare and set a value that was read": cost(
    1,
    async (zk, path) => {
      const value = new AtomicValue(zk, { path, codec: textCodec });
      await value.set("a");
      await eventually(async () => (await zk.getChildren(path)).length === 0);
      return { value, read: await value.get() };
    },
    (_zk, _path, { value, read }) => value.compareAndSet(read, "b"),
  ),
  "to put an item in a queue": cost(2, queue, (_zk, _path, made) => made.put("a")),
  "to take an item that is there": cost(4, queue, (_zk, _path, made) => made.take()),
  "to acknowledge an item": cost(
    1,
    async (zk, path) => (await queue(zk, path)).take(),
    (_zk, _path, item) => item.ack(),
  ),
  "to join a group": cost(
    2,
    async (zk, path) => {
      await (await new Group(zk, { path }).join({ id: "a", data: 1 })).leave();
    },
    (zk, path) => new Group(zk, { path }).join({ id: "a", data: 1 }),
  ),
  "to register an instance": cost(
    2,
    async (zk, path) => {
      await (await new ServiceRegistry(zk, { path }).register({ name: "api" })).unregister();
    },
    (zk, path) => new ServiceRegistry(zk, { path }).register({ name: "api" }),
  ),
  "to fill a cache of two": cost(
    5,
    async (zk, path) => {
      await zk.create(path);
      await zk.create(`${path}/a`);
    },
    async (zk, path) => {
      const cache = new TreeCache(zk, { path, codec: textCodec });
      await cache.ready;
    },
  ),
};

describeOnEachEnsemble("it costs", (ensemble) => {
  const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => stage.open());

  it.each(Object.entries(costs))("%s", async (_name, { before, act, requests }) => {
    const { zk, proxy } = await stage.shaky(15_000);
    const path = stage.newPath();
    const prepared = (await before(zk, path)) as never;
    const start = proxy.traffic.requests;
    await act(zk, path, prepared);
    expect(proxy.traffic.requests - start).toBe(requests);
  });
});
