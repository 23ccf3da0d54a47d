import { Latch } from "@conclave/recipes";
import { forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, runWithFaults } from "../test-context/faulty-actors.ts";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";
import { settled } from "./exclusive/exclusive-recipe.ts";

/** Declares the contract of `Latch`: one test for each hazard. Call it in a separate suite. */
export function runLatchContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("latch contract", () => {
    test.for(["loseReply", "loseRequest"] as const)("counted twice: %s of a count", async (context, lose) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const [shaky, steady] = [new Latch(zk, { name: "l", count: 5 }), new Latch(other, { name: "l", count: 5 })];
      expect(await steady.countDown()).toBe(4);
      await zk.sync("/");
      const lost = proxy[lose]("multi");
      expect(await shaky.countDown()).toBe(3);
      await lost;
      expect(await shaky.countDown()).toBe(2);
    });

    test("session lost with the reply: counting again with the same id counts once", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      const options = { name: "l", count: 2 };
      const lost = proxy.loseReply("multi");
      const counted = new Latch(zk, options).countDown({ id: "job" });
      await lost;
      proxy.refuse();
      await states.first((state) => state === "expired");
      proxy.accept();
      expect([await counted, await new Latch(other, options).countDown({ id: "job" })]).toEqual([1, 1]);
    });

    test.for([
      ["SUSPENDED", "suspended"],
      ["LOST", "expired"],
    ] as const)("%s: a waiter passes although it missed the opening", async (context, [, state]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, sessionUntil(state));
      const opened = new Latch(zk, { name: "l", count: 1 }).wait();
      await settled(zk);
      proxy.refuse();
      proxy.cut();
      await states.first((each) => each === state);
      await new Latch(other, { name: "l", count: 1 }).countDown();
      proxy.accept();
      await opened;
    });

    test("under random faults it opens with the last count, and not earlier", async (context) => {
      const actors = await faultyActors(context, 4);
      await forEachSeed(
        async (random, seed) => {
          const options = { path: `/l${seed}`, count: 4 * 6 };
          let isOpen = false;
          const opened = new Latch(actors[0]!.zk, options).wait().then(() => {
            isOpen = true;
          });
          let counted = 0;
          await runWithFaults(actors, random, 6, async ({ zk }) => {
            if (counted < options.count - actors.length) expect(isOpen).toBe(false);
            await new Latch(zk, options).countDown();
            counted++;
          });
          await opened;
          const { zk } = actors[0]!;
          await zk.sync("/");
          const done = (await zk.getChildren(options.path)).filter((name) => name.startsWith("done-"));
          expect(done).toHaveLength(options.count);
        },
        { count: 2 },
      );
    });
  });
}
