/*
 * A read-only server shows data that may never be committed, and may already miss what was. So a recipe uses `zk.readWrite`
 * for all of its requests: to it a read-only server is the same as no connection.
 */
import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../test-support/test-context.js";
import * as recipes from "./index.js";

/** Properties of a client that send no request. */
const WITHOUT_REQUEST = ["readWrite", "on", "off", "state", "sessionId", "sessionTimeoutMs", "session", "chroot"];

/** Uses each recipe in each way that sends requests; `close` ends it. */
const uses: Readonly<Record<string, (zk: ZooKeeper, path: string) => Promise<unknown>>> = {
  Mutex: (zk, path) => useLock(new recipes.Mutex(zk, { path })),
  MultiLock: async (zk, path) => {
    const lock = new recipes.MultiLock(["a", "b"].map((name) => new recipes.Mutex(zk, { path: `${path}/${name}` })));
    await (await lock.acquire()).release();
    await (await lock.tryAcquire())?.release();
  },
  ReadWriteLock: async (zk, path) => {
    const lock = new recipes.ReadWriteLock(zk, { path });
    await useLock(lock.read);
    await useLock(lock.write);
    await (await (await lock.write.acquire()).downgrade())?.release();
  },
  Semaphore: async (zk, path) => {
    const semaphore = new recipes.Semaphore(zk, { path, permits: 2 });
    const held = await semaphore.acquire({ permits: 2 });
    const waiting = semaphore.acquire();
    await eventually(async () => (await semaphore.holders()).length === 3);
    await held.release();
    await (await waiting).release();
    await (await semaphore.tryAcquire())?.release();
  },
  LeaderElection: async (zk, path) => {
    const election = new recipes.LeaderElection(zk, { path, id: "a" });
    const leadership = await election.campaign();
    const next = election.campaign();
    await eventually(async () => (await election.participants()).length === 2);
    await election.leader();
    const observed = election.observe();
    await observed.next();
    await observed.return?.();
    await leadership.transferTo("a");
    await (await next).release();
    const stop = new AbortController();
    await election.lead(() => stop.abort(), { signal: stop.signal });
  },
  Barrier: async (zk, path) => {
    const barrier = new recipes.Barrier(zk, { path });
    await barrier.set();
    const waiting = barrier.wait();
    await barrier.isSet();
    await barrier.lift();
    await waiting;
  },
  DoubleBarrier: async (zk, path) => {
    const barrier = new recipes.DoubleBarrier(zk, { path, size: 2 });
    const passages = await Promise.all([barrier.enter(), barrier.enter()]);
    await Promise.all(passages.map((passage) => passage.leave()));
  },
  Latch: async (zk, path) => {
    const latch = new recipes.Latch(zk, { path, count: 1 });
    const waiting = latch.wait();
    await latch.countDown();
    await waiting;
    await latch.remaining();
    await latch.remove();
  },
  Group: async (zk, path) => {
    const group = new recipes.Group<string>(zk, { path });
    await using member = await group.join({ id: "a", data: "1" });
    await using view = await group.follow();
    await member.update("2");
    await eventually(() => view.get("a")?.data === "2");
    await group.members();
  },
  ServiceRegistry: async (zk, path) => {
    const registry = new recipes.ServiceRegistry(zk, { path });
    await using registration = await registry.register({ name: "api", id: "a" });
    await using provider = await registry.provider("api");
    await registration.update({ port: 1 });
    await eventually(() => provider.get()?.port === 1);
    await registry.services();
    await registry.instances("api");
  },
  Partitioner: async (zk, path) => {
    const partitioner = new recipes.Partitioner(zk, { path, keys: ["k"] });
    const stop = new AbortController();
    const running = partitioner.run(() => {}, { signal: stop.signal });
    await eventually(() => partitioner.owns("k"));
    await partitioner.ownerOf("k");
    await partitioner.members();
    stop.abort();
    await running;
  },
  TreeCache: async (zk, path) => {
    await using cache = new recipes.TreeCache(zk, { path, codec: textCodec });
    await cache.ready;
  },
  NodeCache: async (zk, path) => {
    await using cache = new recipes.NodeCache(zk, { path, codec: textCodec });
    await cache.ready;
  },
  PersistentNode: async (zk, path) => {
    await using node = new recipes.PersistentNode(zk, { path: `${path}/node`, data: "1" });
    await node.whenPresent();
    await node.setData("2");
  },
  AtomicValue: async (zk, path) => {
    const value = new recipes.AtomicValue(zk, { path, codec: textCodec });
    await value.set("1");
    await value.compareAndSet(await value.get(), "2");
    await value.update((now) => `${now}3`);
  },
  Counter: async (zk, path) => {
    const counter = new recipes.Counter(zk, { path });
    await counter.add(1n);
    await counter.set(await counter.get());
    await counter.compareAndSet(1n, 2n);
  },
  SharedConfig: async (zk, path) => {
    await using config = new recipes.SharedConfig(zk, { path, codec: textCodec });
    await config.ready;
    await config.set("1");
    await config.update((now) => `${now}2`);
  },
  Queue: async (zk, path) => {
    const queue = new recipes.Queue(zk, { path, codec: textCodec });
    const waiting = queue.take();
    await queue.put("a");
    await (await waiting).ack();
    await (await queue.tryTake())?.release();
    await queue.length();
    await queue.deadLetters();
  },
  PriorityQueue: async (zk, path) => {
    const queue = new recipes.PriorityQueue(zk, { path, codec: textCodec });
    await queue.put("a", { priority: 1 });
    await (await queue.take()).release();
  },
};

async function useLock(lock: recipes.Lock): Promise<void> {
  const grant = await lock.acquire();
  await lock.isFree();
  await lock.contenders();
  await lock.requestRevocation();
  const waiting = lock.acquire();
  await eventually(async () => (await lock.contenders()).length === 2);
  await grant.release();
  await (await waiting).release();
  await (await lock.tryAcquire())?.release();
  await lock.run(() => {});
}

/** Returns a client whose requests a read-only server may answer: it adds their names to `sent`, and sends none. */
function clientThatMayBeReadOnly(zk: ZooKeeper, sent: string[]): ZooKeeper {
  return new Proxy(zk, {
    get: (_, name) => {
      if (name === "readWrite") return zk;
      const value: unknown = Reflect.get(zk, name, zk);
      if (typeof value !== "function" || WITHOUT_REQUEST.includes(String(name))) {
        return typeof value === "function" ? value.bind(zk) : value;
      }
      return () => {
        sent.push(String(name));
        throw new Error(`${String(name)} was sent to a server that may be read-only`);
      };
    },
  });
}

it("each recipe of the package is tried with a read-only server", () => {
  const classes = Object.entries(recipes).filter(
    ([, value]) => typeof value === "function" && /^class /.test(`${value}`) && !(value.prototype instanceof Error),
  );
  expect(Object.keys(uses).toSorted()).toEqual(classes.map(([name]) => name).toSorted());
});

describeOnEachEnsemble("a client that accepts read-only servers", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it.each(Object.entries(uses))("sends no request of %s to a read-only server", async (_, use) => {
    const sent: string[] = [];
    await use(clientThatMayBeReadOnly(await context.client(), sent), context.newPath());
    expect(sent).toEqual([]);
  });
});
