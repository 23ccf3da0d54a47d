import { Barrier } from "@conclave/recipes";
import { describe, expect } from "vitest";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";
import { settled } from "./exclusive/exclusive-recipe.ts";

const at = { name: "b" };

/** Declares the contract of `Barrier`: one test for each hazard. Call it in a separate suite. */
export function runBarrierContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("barrier contract", () => {
    test("watch lost between read and set: the barrier is removed while the reply to a waiter is on its way", async (context) => {
      const other = await context.client();
      await new Barrier(other, at).set();
      let isArmed = true;
      const proxy = await context.proxy(context.servers[0], {
        onRequest: ({ operation }) => {
          if (isArmed && operation === "getData") proxy.freeze("replies");
        },
      });
      const { zk } = await context.actor(proxy);
      const before = proxy.traffic.requests;
      const passed = new Barrier(zk, at).wait();
      await expect.poll(() => proxy.traffic.requests).toBeGreaterThan(before + 1);
      await new Barrier(other, at).lift();
      isArmed = false;
      proxy.thaw();
      await passed;
    });

    test.for([
      ["SUSPENDED", "suspended"],
      ["LOST", "expired"],
    ] as const)("%s: waiters keep waiting, and pass if they missed the removal", async (context, [, state]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const bar = new Barrier(other, at);
      await bar.set();
      const { zk, states } = await context.actor(proxy, sessionUntil(state));
      const seen: string[] = [];
      const passed = new Barrier(zk, at).wait().then(() => seen.push("passed"));
      await settled(zk);
      proxy.refuse();
      proxy.cut();
      await states.first((each) => each === state);
      expect(seen).toEqual([]);
      await bar.lift();
      proxy.accept();
      await passed;
    });

    test("lost reply: a retry neither sets a removed barrier again nor removes a new one", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const steady = new Barrier(other, at);
      await steady.set();
      await steady.lift();
      const { zk, states } = await context.actor(proxy);
      const shaky = new Barrier(zk, at);
      for (const [operation, act, answer, isSet] of [
        ["multi", () => shaky.set(), () => steady.lift(), false],
        ["delete", () => shaky.lift(), () => steady.set(), true],
      ] as const) {
        if (isSet) await steady.set();
        await zk.sync("/");
        const lost = proxy.loseReply(operation);
        const done = act();
        await lost;
        proxy.refuse();
        await states.first((state) => state === "suspended");
        await answer();
        proxy.accept();
        await done;
        await other.sync("/");
        expect(await steady.isSet()).toBe(isSet);
      }
    });
  });
}
