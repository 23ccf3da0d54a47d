import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { type Cost, measure } from "../test-support/request-count.js";
import { settled, TestContext } from "../test-support/test-context.js";
import {
  AtomicValue,
  Barrier,
  Counter,
  DoubleBarrier,
  Group,
  Latch,
  PersistentNode,
  Queue,
  ServiceRegistry,
  TreeCache,
} from "./index.js";

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
/** Starts to enter; resolves when it waits for the others. */
async function enterAndWait(barrier: DoubleBarrier, zk: ZooKeeper): Promise<void> {
  // Rejects when the client is closed.
  barrier.enter().catch(() => {});
  await settled(zk);
}
/** Returns the barriers of two participants that have entered and left one round. */
async function afterRound(zk: ZooKeeper, path: string, other: ZooKeeper): Promise<[DoubleBarrier, DoubleBarrier]> {
  const [own, theirs] = [new DoubleBarrier(zk, { path, size: 2 }), new DoubleBarrier(other, { path, size: 2 })];
  const passages = await Promise.all([own.enter(), theirs.enter()]);
  await Promise.all(passages.map((passage) => passage.leave()));
  return [own, theirs];
}

// The READMEs of the recipes state these numbers.
const costs: Readonly<Record<string, Cost>> = {
  "Barrier: to set": [1, 2, async (zk, path) => () => new Barrier(zk, { path }).set()],
  "Barrier: to pass": [1, 2, async (zk, path) => () => new Barrier(zk, { path }).wait()],
  "Barrier: to be unblocked when it is lifted": [
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
      await enterAndWait(new DoubleBarrier(other, { path, size: 3 }), other);
      await zk.sync(path);
      return () => enterAndWait(new DoubleBarrier(zk, { path, size: 3 }), zk);
    },
  ],
  "DoubleBarrier: to enter as the last": [
    4,
    5,
    async (zk, path, other) => {
      await enterAndWait(new DoubleBarrier(other, { path, size: 2 }), other);
      await zk.sync(path);
      return () => new DoubleBarrier(zk, { path, size: 2 }).enter();
    },
  ],
  // The transaction that creates the round is sent first, and not awaited.
  "DoubleBarrier: to enter again, as the last": [
    3,
    5,
    async (zk, path, other) => {
      const [own, theirs] = await afterRound(zk, path, other);
      await enterAndWait(theirs, other);
      await zk.sync(path);
      return () => own.enter();
    },
  ],
  // The watch of the last read is removed in the background.
  "DoubleBarrier: to enter when the round begins": [
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
  "Queue: to take an item that is ready": [
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
  "Queue: to release": [
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
  "PersistentNode: to change the data": [
    1,
    2,
    async (zk, path) => {
      const node = new PersistentNode(zk, { path, data: "a" });
      await node.whenPresent();
      return () => node.setData("b");
    },
  ],
  "TreeCache: to read two znodes": [
    3,
    5,
    async (zk, path) => {
      await zk.create(path);
      await zk.create(`${path}/a`);
      return () => new TreeCache(zk, { path, codec: textCodec }).ready;
    },
  ],
};

describeOnEachEnsemble("a recipe without a grant costs", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it.each(Object.entries(costs))("%s", async (_name, [roundTrips, requests, prepare]) => {
    const client = await context.unstable();
    const call = await prepare(client.zk, context.newPath(), await context.client());
    expect(await measure(client, call)).toEqual({ roundTrips, requests });
  });
});
