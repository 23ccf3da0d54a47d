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
  const recipe = new Queue(zk, { path, codec: textCodec });
  await recipe.put("first");
  await (await recipe.take()).ack();
  await recipe.put("item");
  await settled(zk);
  return recipe;
};
const value = async (zk: ZooKeeper, path: string): Promise<AtomicValue<string>> => {
  const recipe = new AtomicValue(zk, { path, codec: textCodec });
  await recipe.set("a");
  await settled(zk);
  return recipe;
};
const group = async (zk: ZooKeeper, path: string): Promise<Group<number>> => {
  const recipe = new Group<number>(zk, { path });
  await (await recipe.join({ id: "a", data: 1 })).leave();
  await settled(zk);
  return recipe;
};
/** Starts to enter; resolves when it waits for the others. */
async function enterAndWait(barrier: DoubleBarrier, zk: ZooKeeper): Promise<void> {
  // It rejects at the end of the test, when the client is closed.
  barrier.enter().catch(() => {});
  await settled(zk);
}
/** Returns the barriers of two participants that have entered and left one round. */
async function afterRound(zk: ZooKeeper, path: string, other: ZooKeeper): Promise<[DoubleBarrier, DoubleBarrier]> {
  const [own, others] = [new DoubleBarrier(zk, { path, size: 2 }), new DoubleBarrier(other, { path, size: 2 })];
  const passages = await Promise.all([own.enter(), others.enter()]);
  await Promise.all(passages.map((passage) => passage.leave()));
  return [own, others];
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
  // The client does not wait for the transaction that creates the round, which is sent first.
  "DoubleBarrier: to enter again, as the last": [
    3,
    5,
    async (zk, path, other) => {
      const [own, others] = await afterRound(zk, path, other);
      await enterAndWait(others, other);
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
      const recipe = await value(zk, path);
      return () => recipe.get();
    },
  ],
  "AtomicValue: to compare and set": [
    1,
    2,
    async (zk, path) => {
      const recipe = await value(zk, path);
      const read = await recipe.get();
      return () => recipe.compareAndSet(read, "b");
    },
  ],
  "AtomicValue: to set": [
    1,
    2,
    async (zk, path) => {
      const recipe = await value(zk, path);
      return () => recipe.set("b");
    },
  ],
  "Queue: to put": [
    2,
    3,
    async (zk, path) => {
      const recipe = await queue(zk, path);
      return () => recipe.put("a");
    },
  ],
  "Queue: to take an item that is ready": [
    3,
    4,
    async (zk, path) => {
      const recipe = await queue(zk, path);
      return () => recipe.take();
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
      const recipe = await group(zk, path);
      return () => recipe.join({ id: "a", data: 1 });
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
      const recipe = await group(zk, path);
      await recipe.join({ id: "a", data: 1 });
      return () => recipe.follow();
    },
  ],
  "Group: to list one member": [
    2,
    2,
    async (zk, path) => {
      const recipe = await group(zk, path);
      await recipe.join({ id: "a", data: 1 });
      return () => recipe.members();
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
