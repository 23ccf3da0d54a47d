import { textCodec, type ZooKeeper } from "@conclave/client";
import { PriorityQueue, Queue, type QueueItem } from "@conclave/recipes";
import { eventually, type FaultProxy, forEachSeed, type ProxiedRequest } from "@conclave/testing";
import { describe, expect } from "vitest";
import { settled } from "./exclusive/exclusive-recipe.ts";
import { knewBefore } from "./knew-before.ts";
import { type ContractHarness, SHORT_SESSION_MS, type StagedTest, stagedTests } from "./stage.ts";
import { playTroubled, troubledActors } from "./troubled-play.ts";

type AnyQueue = Pick<Queue<string>, "take" | "tryTake" | "length"> & { put(value: string): Promise<unknown> };
type MakeQueue = (zk: ZooKeeper, onSuspended?: "revoke" | "keep") => AnyQueue;

const NAME = "q";

/** How an item is put in is the queue's affair. */
const isWrite = ({ operation }: ProxiedRequest): boolean => operation === "create2" || operation === "multi";

/** Declares the tests that `Queue` must pass on every ensemble, a hazard each. Call it in a suite of its own. */
export function runQueueContract(harness: ContractHarness): void {
  runFor(harness, (zk, onSuspended) => new Queue(zk, { name: NAME, codec: textCodec, onSuspended }));
}

/** As {@link runQueueContract}, for `PriorityQueue`. */
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
  const test = stagedTests(harness);
  describe.concurrent("queue contract", () => {
    lostReplies(test, make);
    lostHolders(test, make);
    waiting(test, make);
  });
}

function lostReplies(test: StagedTest, make: MakeQueue): void {
  test.for(["loseReply", "loseRequest"] as const)(
    "lost reply of a sequential create: put in once, by %s",
    async (stage, lose) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
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

  test("lost reply of a sequential create: put in once, though another takes and ends it before it is looked for", async (stage) => {
    const [proxy, other] = [await stage.proxy(), await stage.client()];
    const { zk, states } = await stage.actor(proxy);
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
    "connection loss during multi: %s of taking and of the end",
    async (stage, lose) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy);
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

  test("failed delete: an item that is put back goes to the next, though the request is lost", async (stage) => {
    const [proxy, other] = [await stage.proxy(), await stage.client()];
    const { zk } = await stage.actor(proxy);
    await make(other).put("only");
    await zk.sync("/");
    const item = await make(zk, "keep").take();
    const lost = proxy.loseRequest();
    await item.release();
    await lost;
    expect(await make(other).take()).toMatchObject({ value: "only", deliveries: 2 });
  });
}

function lostHolders(test: StagedTest, make: MakeQueue): void {
  test.for([
    ["revoke", "SUSPENDED"],
    ["keep", "EXPIRED"],
  ] as const)(
    "session lost while holding: the item comes again, and its holder knows first: %s",
    async (stage, [policy, code]) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
      await make(zk).put("only");
      const item = await make(zk, policy).take();
      const again = make(other).take();
      const knew = knewBefore(item.signal, again);
      proxy.freeze();
      expect(await knew).toBe(true);
      expect(item.signal.reason).toMatchObject({ name: "GrantLostError", code });
      expect(await again).toMatchObject({ value: "only", deliveries: 2 });
      expect((await again).fencingToken).toBeGreaterThan(item.fencingToken);
    },
  );

  test("pause: who comes back late can neither end nor guard with what another has taken", async (stage) => {
    const [proxy, other] = [await stage.proxy(), await stage.client()];
    const { zk } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
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

function waiting(test: StagedTest, make: MakeQueue): void {
  test("herd: an item wakes one of those who wait", async (stage) => {
    const other = await stage.client();
    await (await take(make(other), "warm")).ack();
    const consumers: { zk: ZooKeeper; proxy: FaultProxy; taken: Promise<QueueItem<string>> }[] = [];
    for (let index = 0; index < 4; index++) {
      const proxy = await stage.proxy();
      const { zk } = await stage.actor(proxy);
      const taken = make(zk).take();
      taken.catch(() => {});
      await settled(zk);
      consumers.push({ zk, proxy, taken });
    }
    const told = async (): Promise<number[]> => {
      await Promise.all(consumers.map(({ zk }) => settled(zk)));
      return consumers.map(({ proxy }) => proxy.traffic.notifications);
    };
    const before = await told();
    await make(other).put("one");
    expect((await consumers[0]!.taken).value).toBe("one");
    const woken = (await told()).map((count, index) => count > before[index]!);
    // The second takes the place of the one that watches for all.
    expect([woken[0], ...woken.slice(2)]).toEqual([true, false, false]);
  });

  test.for(["getChildren", "getData"] as const)(
    "watch lost between read and set: put in while the answer to %s is under way",
    async (stage, operation) => {
      const other = await stage.client();
      await (await take(make(other), "warm")).ack();
      let isArmed = true;
      const proxy = await stage.proxy(stage.servers[0], {
        onRequest: (request) => {
          if (isArmed && request.operation === operation) proxy.freeze("replies");
        },
      });
      const { zk } = await stage.actor(proxy);
      const before = proxy.traffic.requests;
      const taken = make(zk).take();
      await eventually(() => proxy.traffic.requests > before);
      await make(other).put("one");
      isArmed = false;
      proxy.thaw();
      expect((await taken).value).toBe("one");
    },
  );

  test("under faults by chance each item is taken by one at a time, and none is lost or comes after its end", async (stage) => {
    const actors = await troubledActors(stage, 4);
    const witness = await stage.client();
    await forEachSeed(
      async (random) => {
        const ended: string[] = [];
        const held = new Map<string, QueueItem<string>>();
        const items = 4 * 6;
        const producing = playTroubled(actors, random, 6, ({ name, zk }) => make(zk).put(`${name}-${random.float()}`));
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
