import { textCodec, type ZooKeeper } from "@conclave/client";
import { PriorityQueue, Queue, type QueueItem } from "@conclave/recipes";
import { eventually, type FaultProxy, forEachSeed, type ProxiedRequest } from "@conclave/testing";
import { describe, expect } from "vitest";
import { abortedBefore } from "../test-context/aborted-before.ts";
import { faultyActors, runWithFaults } from "../test-context/faulty-actors.ts";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";
import { settled } from "./exclusive/exclusive-recipe.ts";

type AnyQueue = Pick<Queue<string>, "take" | "tryTake" | "length"> & { put(value: string): Promise<unknown> };
type MakeQueue = (zk: ZooKeeper, onSuspended?: "revoke" | "keep") => AnyQueue;

const NAME = "q";

/** Adds an item to the queue under test. */
const isWrite = ({ operation }: ProxiedRequest): boolean => operation === "create2" || operation === "multi";

/** Declares the contract of `Queue`: one test for each hazard. Call it in a separate suite. */
export function runQueueContract(harness: ContractHarness): void {
  runFor(harness, (zk, onSuspended) => new Queue(zk, { name: NAME, codec: textCodec, onSuspended }));
}

/** Declares the contract of `PriorityQueue`; see {@link runQueueContract}. */
export function runPriorityQueueContract(harness: ContractHarness): void {
  runFor(harness, (zk, onSuspended) => {
    const queue = new PriorityQueue(zk, { name: NAME, codec: textCodec, onSuspended });
    return {
      take: (options) => queue.take(options),
      tryTake: (options) => queue.tryTake(options),
      length: (options) => queue.length(options),
      put: (value) => queue.put(value, { priority: 5 }),
    };
  });
}

function runFor(harness: ContractHarness, make: MakeQueue): void {
  const test = contractTests(harness);
  describe.concurrent("queue contract", () => {
    lostReplies(test, make);
    lostHolders(test, make);
    waiting(test, make);
  });
}

function lostReplies(test: ContractTest, make: MakeQueue): void {
  test.for(["loseReply", "loseRequest"] as const)(
    "lost reply of a sequential create: the item is added once, by %s",
    async (context, lose) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      await make(zk).put("first");
      const lost = proxy[lose](isWrite);
      await make(zk).put("second");
      await lost;
      const lostWithSession = proxy[lose](isWrite);
      const third = make(zk).put("third");
      await lostWithSession;
      proxy.refuse();
      await states.first((state) => state === "expired");
      proxy.accept();
      await third;
      await other.sync("/");
      const queue = make(other);
      expect(await queue.length()).toBe(3);
      for (const value of ["first", "second", "third"]) {
        const item = await queue.take();
        expect([item.value, item.deliveries]).toEqual([value, 1]);
        await item.ack();
      }
    },
  );

  test("lost reply of a sequential create: the item is added once, although it is processed before the retry", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk, states } = await context.actor(proxy);
    await (await take(make(zk), "warm")).ack();
    const lost = proxy.loseReply(isWrite);
    const putting = make(zk).put("only");
    await lost;
    proxy.refuse();
    await states.first((state) => state === "suspended");
    await (await make(other).take()).ack();
    proxy.accept();
    await putting;
    await other.sync("/");
    expect(await make(other).length()).toBe(0);
  });

  test.for(["loseReply", "loseRequest"] as const)(
    "connection loss during multi: %s of taking and of completing",
    async (context, lose) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      await make(other).put("only");
      await zk.sync("/");
      const taking = proxy[lose]("multi");
      const item = await make(zk, "keep").take();
      await taking;
      await other.sync("/");
      expect([item.value, item.signal.aborted, await make(other).tryTake()]).toEqual(["only", false, undefined]);
      const ending = proxy[lose]("multi");
      await item.ack();
      await ending;
      await other.sync("/");
      expect([await make(other).length(), await make(other).tryTake()]).toEqual([0, undefined]);
    },
  );

  test("failed delete: an item that is returned goes to the next consumer, although the request was lost", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy);
    await make(other).put("only");
    await zk.sync("/");
    const item = await make(zk, "keep").take();
    const lost = proxy.loseRequest();
    await item.release();
    await lost;
    expect(await make(other).take()).toMatchObject({ value: "only", deliveries: 2 });
  });
}

function lostHolders(test: ContractTest, make: MakeQueue): void {
  test.for([
    ["revoke", "SUSPENDED"],
    ["keep", "EXPIRED"],
  ] as const)(
    "session lost while holding: the item is delivered again, after the signal of its holder has aborted: %s",
    async (context, [policy, code]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, sessionUntil("expired"));
      await make(zk).put("only");
      const item = await make(zk, policy).take();
      const again = make(other).take();
      const abortedFirst = abortedBefore(item.signal, again);
      proxy.freeze();
      expect(await abortedFirst).toBe(true);
      expect(item.signal.reason).toMatchObject({ name: "GrantLostError", code });
      expect(await again).toMatchObject({ value: "only", deliveries: 2 });
      expect((await again).fencingToken).toBeGreaterThan(item.fencingToken);
    },
  );

  test("pause: a late holder can neither complete nor guard with an item that another has taken", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy, sessionUntil("expired"));
    await make(zk).put("only");
    const old = await make(zk, "keep").take();
    const again = make(other).take();
    proxy.freeze();
    const item = await again;
    proxy.cut();
    proxy.heal();
    await expect(old.ack()).rejects.toMatchObject({ name: "GrantLostError" });
    await expect(old.guard(other.transaction()).create("/late").commit()).rejects.toMatchObject({ name: "ZkError" });
    expect(await item.guard(other.transaction()).create("/done").commit()).toEqual(["/done"]);
    await item.ack();
  });
}

function waiting(test: ContractTest, make: MakeQueue): void {
  test("herd: an item wakes one waiter", async (context) => {
    const other = await context.client();
    await (await take(make(other), "warm")).ack();
    const consumers: { zk: ZooKeeper; proxy: FaultProxy; taken: Promise<QueueItem<string>> }[] = [];
    for (let index = 0; index < 4; index++) {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const taken = make(zk).take();
      taken.catch(() => {});
      await settled(zk);
      consumers.push({ zk, proxy, taken });
    }
    const received = async (): Promise<number[]> => {
      await Promise.all(consumers.map(({ zk }) => settled(zk)));
      return consumers.map(({ proxy }) => proxy.traffic.notifications);
    };
    const before = await received();
    await make(other).put("one");
    expect((await consumers[0]!.taken).value).toBe("one");
    const woken = (await received()).map((count, index) => count > before[index]!);
    // The second waiter becomes the one that watches the queue.
    expect([woken[0], ...woken.slice(2)]).toEqual([true, false, false]);
  });

  test.for(["getChildren", "getData"] as const)(
    "watch lost between read and set: an item is added while the reply to %s is on its way",
    async (context, operation) => {
      const other = await context.client();
      await (await take(make(other), "warm")).ack();
      let isArmed = true;
      const proxy = await context.proxy(context.servers[0], {
        onRequest: (request) => {
          if (isArmed && request.operation === operation) proxy.freeze("replies");
        },
      });
      const { zk } = await context.actor(proxy);
      const before = proxy.traffic.requests;
      const taken = make(zk).take();
      await eventually(() => proxy.traffic.requests > before);
      await make(other).put("one");
      isArmed = false;
      proxy.thaw();
      expect((await taken).value).toBe("one");
    },
  );

  test("under random faults each item has one holder at a time, and none is lost or delivered after its completion", async (context) => {
    const actors = await faultyActors(context, 4);
    const witness = await context.client();
    await forEachSeed(
      async (random) => {
        const ended: string[] = [];
        const held = new Map<string, QueueItem<string>>();
        const items = 4 * 6;
        const producing = runWithFaults(actors, random, 6, ({ name, zk }) => make(zk).put(`${name}-${random.float()}`));
        const stop = new AbortController();
        const consume = async ({ zk }: { readonly zk: ZooKeeper }): Promise<void> => {
          for (;;) {
            const item = await make(zk).take({ signal: stop.signal });
            expect(held.get(item.value)?.signal.aborted ?? true).toBe(true);
            expect(ended).not.toContain(item.value);
            held.set(item.value, item);
            const isEnded = await item.ack().then(
              () => true,
              () => false,
            );
            if (isEnded) ended.push(item.value);
          }
        };
        const consuming = actors.map((actor) => consume(actor).catch((error: unknown) => error));
        await producing;
        await eventually(async () => {
          await witness.sync("/");
          return (await make(witness).length()) === 0;
        });
        stop.abort();
        for (const error of await Promise.all(consuming)) expect(error).toMatchObject({ code: "ABORTED" });
        expect(new Set(ended).size).toBe(ended.length);
        expect(ended.length).toBeLessThanOrEqual(items);
        expect(held.size).toBe(items);
      },
      { count: 2 },
    );
  });
}

async function take(queue: AnyQueue, value: string): Promise<QueueItem<string>> {
  await queue.put(value);
  return queue.take();
}
