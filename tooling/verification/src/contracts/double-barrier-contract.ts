import type { ZooKeeper } from "@conclave/client";
import { DoubleBarrier, type Passage } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import { eventually, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, runWithFaults } from "../test-context/faulty-actors.ts";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";

const NAME = "d";
const path = `/conclave/double-barriers/${NAME}`;
const two = { name: NAME, size: 2 };

/** Declares the contract of `DoubleBarrier`: one test for each hazard. Call it in a separate suite. */
export function runDoubleBarrierContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("double barrier contract", () => {
    crashes(test);
    slowness(test);
  });
}

function crashes(test: ContractTest): void {
  test("a crashed round lets no participant pass the next one", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy, sessionUntil("expired"));
    const [crashing, alsoCrashing] = [new DoubleBarrier(zk, two), new DoubleBarrier(zk, two)];
    const [first, second] = await Promise.all([crashing.enter(), alsoCrashing.enter()]);
    proxy.freeze();
    await eventually(async () => (await members(other)) === 0);
    const entered: number[] = [];
    const alone = new DoubleBarrier(other, two).enter().then((passage) => {
      entered.push(passage.round);
      return passage;
    });
    await eventually(async () => (await members(other)) === 1);
    expect([entered, first.signal.aborted, second.signal.aborted]).toEqual([[], true, true]);
    const passages = await Promise.all([alone, new DoubleBarrier(other, two).enter()]);
    expect(passages.map(({ round }) => round > first.round)).toEqual([true, true]);
    await Promise.all(passages.map((passage) => passage.leave()));
  });

  test("session lost within a round: the other participants do not wait for it", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy, sessionUntil("expired"));
    const [living, dying] = await Promise.all([
      new DoubleBarrier(other, two).enter(),
      new DoubleBarrier(zk, two).enter(),
    ]);
    proxy.freeze();
    await living.leave();
    expect(dying.signal.reason).toMatchObject({ code: "EXPIRED" });
  });

  test.for(["create2", "getData", "getChildren", "multi"] as const)(
    "lost reply: of %s, while entering",
    async (context, operation) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const first = new DoubleBarrier(other, two).enter();
      await eventually(async () => (await members(other)) === 1);
      const { zk } = await context.actor(proxy);
      const lost = proxy.loseReply(operation);
      const second = await new DoubleBarrier(zk, two).enter();
      await lost;
      const lostLeaving = proxy.loseReply("delete");
      await Promise.all([second.leave(), (await first).leave()]);
      await lostLeaving;
      await eventually(async () => (await members(other)) === 0);
    },
  );
}

function slowness(test: ContractTest): void {
  test("a slow participant passes after all others have left, and none waits for ever", async (context) => {
    const [proxy, other] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy);
    const entering = new DoubleBarrier(zk, two).enter();
    await eventually(async () => (await members(other)) === 1);
    await zk.sync("/");
    proxy.freeze();
    const quick = await new DoubleBarrier(other, two).enter();
    await quick[Symbol.asyncDispose]();
    const next = new DoubleBarrier(other, two).enter();
    await eventually(async () => (await members(other)) === 2);
    proxy.thaw();
    const slow = await entering;
    expect(slow.round).toBe(quick.round);
    await slow.leave();
    const again = await new DoubleBarrier(zk, two).enter();
    await Promise.all([again.leave(), (await next).leave()]);
  });

  test("under random faults all enter together and leave together, in each round", async (context) => {
    const actors = await faultyActors(context, 3);
    const witness = await context.client();
    await forEachSeed(
      async (random) => {
        const inside = new Map<number, Set<string>>();
        await runWithFaults(actors, random, 4, async ({ name, zk }) => {
          const passage: Passage = await new DoubleBarrier(zk, { name: NAME, size: actors.length }).enter();
          const here = inside.get(passage.round) ?? new Set();
          inside.set(passage.round, here.add(name));
          if (randomInt(random, 2) === 0) await zk.sync("/").catch(() => {});
          await passage.leave();
          expect([...here].sort()).toEqual(actors.map((actor) => actor.name));
        });
        await eventually(async () => (await members(witness)) === 0);
      },
      { count: 2 },
    );
  });
}

/** Returns the number of participants' znodes of all rounds. */
async function members(zk: ZooKeeper): Promise<number> {
  await zk.sync("/");
  if ((await zk.exists(path)) === null) return 0;
  const rounds = await zk.getChildren(path);
  const each = await Promise.all(rounds.map((round) => zk.getChildren(`${path}/${round}`).catch(() => [])));
  return each.flat().length;
}
