import { connect, jsonCodec, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { PriorityQueue } from "../priority-queue/priority-queue.js";
import { Queue } from "./queue.js";
import type { QueueOptions } from "./queue-options.js";

describeOnEachEnsemble("a queue", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const queueOf = (zk: ZooKeeper, path: string, options: Partial<QueueOptions<string>> = {}): Queue<string> =>
    new Queue(zk, { ...(options as object), path, codec: textCodec });
  const takenAt = async (zk: ZooKeeper, path: string): Promise<number> => {
    await zk.sync(path);
    return (await zk.exists(`${path}/taken`))?.numChildren ?? 0;
  };

  it("delivers items in the order of put, each to one consumer at a time, until it is acknowledged", async () => {
    const path = `${context.newPath()}/deep`;
    const zk = await context.client();
    const otherClient = await context.client();
    const [queue, other] = [queueOf(zk, path), queueOf(otherClient, path)];
    expect(await queue.tryTake()).toBe(undefined);
    for (const value of ["a", "b", "c"]) await queue.put(value);
    const [first, second] = [await queue.take(), await queue.take()];
    expect([first.value, second.value, await queue.length()]).toEqual(["a", "b", 3]);
    expect(second.fencingToken > first.fencingToken).toBe(true);
    await first.release();
    await otherClient.sync(path);
    expect((await other.take()).value).toBe("a");
    await second.ack();
    expect(second.signal.reason).toMatchObject({ code: "RELEASED" });
    await second.release();
    const third = await queue.take();
    await zk.transaction().create(`${path}/proof`).commit();
    await third.guard(zk.transaction()).setData(`${path}/proof`, "guarded").commit();
    await third.ack();
    expect(await queue.tryTake()).toBe(undefined);
    expect(await queue.length()).toBe(1);
    await expect(third.guard(zk.transaction()).setData(`${path}/proof`, "late").commit()).rejects.toMatchObject({
      outcome: "rejected",
    });
  });

  it("delivers the smallest priority first", async () => {
    const queue = new PriorityQueue(await context.client(), { path: context.newPath(), codec: textCodec });
    for (const priority of [10, 9, 2 ** 31 - 1, 0, 9]) await queue.put(`${priority}`, { priority });
    const values: string[] = [];
    for (let i = 0; i < 5; i++) values.push((await queue.take()).value);
    expect(values).toEqual(["0", "9", "9", "10", `${2 ** 31 - 1}`]);
    await expect(queue.put("", { priority: -1 })).rejects.toThrow("a whole number from 0");
  });

  it("delivers the item of a dead consumer again, and counts the deliveries", async () => {
    const path = context.newPath();
    const { zk, isolate, accept } = await context.dying();
    const queue = queueOf(await context.client(), path);
    await queue.put("a");
    const held = await queueOf(zk, path).take();
    expect(held.deliveries).toBe(1);
    isolate();
    const again = await queue.take();
    expect([again.value, again.deliveries]).toEqual(["a", 2]);
    expect(held.signal.aborted).toBe(true);
    accept();
    await expect(held.ack()).rejects.toMatchObject({ name: "GrantLostError", code: "SUSPENDED" });
    await again.ack();
    expect(await queue.length()).toBe(0);
  });

  it("gives up a held item when the connection is lost, or keeps it with onSuspended keep", async () => {
    const path = context.newPath();
    const { zk, proxy, reaches } = await context.unstable();
    const queue = queueOf(await context.client(), path);
    await queue.put("a");
    const revoked = await queueOf(zk, path).take();
    proxy.cut();
    await reaches("suspended");
    expect(revoked.signal.reason).toMatchObject({ code: "SUSPENDED" });
    expect((await queueOf(zk, path, { onSuspended: "keep" }).take()).deliveries).toBe(2);
    await queue.put("b");
    const kept = await queueOf(zk, path, { onSuspended: "keep" }).take();
    const acking = proxy.loseReply("multi");
    const acked = kept.ack();
    await acking;
    await acked;
    await zk.sync(path);
    expect([kept.value, await queueOf(zk, path).length()]).toEqual(["b", 1]);
  });

  it.each(["loseRequest", "loseReply"] as const)(
    "acknowledges an item in the session that holds it although the connection breaks: %s",
    async (lose) => {
      const path = context.newPath();
      const { zk, proxy } = await context.unstable();
      const other = queueOf(await context.client(), path);
      await other.put("a");
      const item = await queueOf(zk, path).take();
      const lost = proxy[lose]("multi");
      const stop = new AbortController();
      const taken = other.take({ signal: stop.signal });
      taken.catch(() => {});
      const acked = item.ack();
      await lost;
      await acked;
      // The other consumer has not received it in between.
      stop.abort();
      await expect(taken).rejects.toMatchObject({ code: "ABORTED" });
      expect(item.signal.reason).toMatchObject({ code: "SUSPENDED" });
      await eventually(async () => (await other.length()) === 0);
    },
  );

  it.each(["loseRequest", "loseReply"] as const)(
    "rejects an acknowledgement with the outcome unknown when the session ended and the item no longer exists: %s",
    async (lose) => {
      const path = context.newPath();
      const { zk, proxy, isolate, accept, reaches } = await context.dying();
      const other = queueOf(await context.client(), path);
      await other.put("a");
      await zk.sync(path);
      const item = await queueOf(zk, path, { onSuspended: "keep" }).take();
      const lost = proxy[lose]("multi");
      const acked = item.ack();
      acked.catch(() => {});
      await lost;
      isolate();
      await reaches("expired");
      // The item was acknowledged by another consumer or by this one: the client cannot distinguish these.
      if (lose === "loseRequest") {
        const again = await other.take();
        expect(again.deliveries).toBe(2);
        await again.ack();
      }
      await eventually(async () => (await other.length()) === 0, { what: "the deletion of the item" });
      accept();
      await expect(acked).rejects.toMatchObject({ outcome: "unknown" });
      expect(item.signal.reason).toMatchObject({ code: "EXPIRED" });
    },
  );

  it.each(["multi", "getChildren", "getData"] as const)(
    "delivers an item once although a reply to %s is lost",
    async (operation) => {
      const path = context.newPath();
      const { zk, proxy } = await context.unstable();
      const other = await context.client();
      await queueOf(other, path).put("a");
      await (await queueOf(other, path).take()).release();
      await zk.sync(path);
      const lost = proxy.loseReply(operation);
      const item = await queueOf(zk, path, { onSuspended: "keep" }).take();
      await lost;
      // The lock is that of this consumer, so the item can be acknowledged.
      expect(await takenAt(other, path)).toBe(1);
      await item.ack();
      expect([await takenAt(other, path), await queueOf(zk, path).length()]).toEqual([0, 0]);
    },
  );

  it("puts an item once when the reply is lost and the item is acknowledged before the retry", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate, accept } = await context.unstable();
    const other = queueOf(await context.client(), path);
    await other.put("first");
    await (await other.take()).ack();
    const lost = proxy.loseReply("multi");
    const putting = queueOf(zk, path).put("a");
    await lost;
    isolate();
    await (await other.take()).ack();
    accept();
    await putting;
    expect(await other.length()).toBe(0);
  });

  it.each(["loseRequest", "loseReply"] as const)(
    "puts an item once although the session ends meanwhile: %s",
    async (lose) => {
      const path = context.newPath();
      const { zk, proxy, isolate, accept, reaches } = await context.dying();
      const steady = await context.client();
      await queueOf(steady, path).put("first");
      const lost = proxy[lose]("multi");
      const putting = queueOf(zk, path).put("a");
      await lost;
      isolate();
      await reaches("expired");
      await eventually(async () => (await steady.getChildren(path)).every((name) => !name.endsWith("proof")));
      accept();
      await putting;
      expect(await queueOf(steady, path).length()).toBe(2);
    },
  );

  it("wakes one waiting consumer, and leaves no lock of aborted ones", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const queue = queueOf(zk, path);
    const producer = queueOf(await context.client(), path);
    const stop = new AbortController();
    const briefly = { timeoutMs: 100 };
    const waiting = Array.from({ length: 5 }, () => queue.take({ signal: stop.signal }));
    await expect(queue.take(briefly)).rejects.toThrow("was not granted within 100 ms");
    await eventually(async () => ((await zk.exists(`${path}/waiting`))?.numChildren ?? 0) === 5);
    await eventually(async () => (await zk.exists(`${path}/taken`)) !== null);
    const before = proxy.traffic.notifications;
    await producer.put("a");
    const item = await Promise.race(waiting);
    expect(item.value).toBe("a");
    // The item, its lock, and the wait lock of the consumer that took it: each wakes one waiting consumer.
    expect(proxy.traffic.notifications - before).toBeLessThanOrEqual(5);
    await item.ack();
    stop.abort();
    const rest = await Promise.allSettled(waiting);
    expect(rest.filter(({ status }) => status === "rejected")).toHaveLength(4);
    await producer.put("b");
    expect((await producer.take()).value).toBe("b");
    expect(await takenAt(zk, path)).toBe(1);
    await eventually(async () => ((await zk.exists(`${path}/waiting`))?.numChildren ?? 0) === 0);
  });

  it("keeps a consumer waiting in its next session", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const taking = queueOf(zk, path).take();
    await eventually(async () => (await zk.exists(`${path}/taken`)) !== null);
    isolate();
    await reaches("expired");
    accept();
    await queueOf(await context.client(), path).put("a");
    const item = await taking;
    expect([item.value, item.signal.aborted]).toEqual(["a", false]);
  });

  it("moves items that were delivered too often, or cannot be decoded, to the dead letters", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const warnings: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      error: () => {},
      warn: (message: string) => warnings.push(message),
    };
    const queue = new Queue<number>(zk, { path, codec: jsonCodec(), maxDeliveries: 2, logger });
    await queueOf(zk, path).put("{");
    await queue.put(1);
    await queue.put(2);
    for (let i = 0; i < 2; i++) {
      const item = await queue.take();
      expect([item.value, item.deliveries]).toEqual([1, i + 1]);
      await item.release();
    }
    expect((await queue.take()).value).toBe(2);
    const dead = await queue.deadLetters();
    expect(dead.map(({ data }) => data?.toString())).toEqual(["{", "1"]);
    expect(warnings).toHaveLength(2);
    expect(await queue.length()).toBe(1);
  });

  it("rejects put when it holds maxLength items", async () => {
    const queue = queueOf(await context.client(), context.newPath(), { maxLength: 2 });
    await queue.put("a");
    await queue.put("b");
    await expect(queue.put("c")).rejects.toThrow("is full: 2 of at most 2 items");
    await (await queue.take()).ack();
    await queue.put("c");
  });

  it("releases items that a loop of consume does not acknowledge", async () => {
    const path = context.newPath();
    const queue = queueOf(await context.client(), path);
    for (const value of ["a", "b"]) await queue.put(value);
    const seen: string[] = [];
    for await (const item of queue.consume()) {
      seen.push(`${item.value}${item.deliveries}`);
      if (item.deliveries === 2) await item.ack();
      if (seen.length === 4) break;
    }
    expect(seen).toEqual(["a1", "a2", "b1", "b2"]);
    expect(await queue.length()).toBe(0);
    const stop = new AbortController();
    const next = queue.consume({ signal: stop.signal }).next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("loses no item, and delivers none to two consumers at a time, while connections break", async () => {
    const path = context.newPath();
    const steady = await context.client();
    const unstable = [await context.unstable(), await context.unstable()];
    const expected = Array.from({ length: 30 }, (_, i) => `${i}`);
    const done = new Set<string>();
    const holders = new Map<string, AbortSignal>();
    const stop = new AbortController();
    const consumers = [steady, ...unstable.map(({ zk }) => zk)].map(async (zk) => {
      for await (const item of queueOf(zk, path).consume({ signal: stop.signal })) {
        expect(holders.get(item.name)?.aborted ?? true).toBe(true);
        holders.set(item.name, item.signal);
        await item.ack().then(
          () => done.add(item.value),
          (error: unknown) => expect(error).toMatchObject({ name: "GrantLostError" }),
        );
      }
    });
    const producer = queueOf(unstable[0]!.zk, path);
    for (const [i, value] of expected.entries()) {
      if (i % 5 === 0) unstable[i % 2]!.proxy.cut();
      await producer.put(value);
    }
    await eventually(async () => (await queueOf(steady, path).length()) === 0);
    stop.abort();
    await Promise.all(consumers);
    expect([...done].toSorted()).toEqual(expected.toSorted());
    expect(await takenAt(steady, path)).toBe(0);
  });
});
