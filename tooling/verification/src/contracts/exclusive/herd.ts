import type { ZooKeeper } from "@conclave/client";
import type { Grant } from "@conclave/recipes";
import type { FaultProxy } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";
import { type ExclusiveRecipe, queueUp } from "./exclusive-recipe.ts";

const WAITERS = 5;

/** Checks that only the next contender is woken (no herd effect). */
export function herd(test: ContractTest, recipe: ExclusiveRecipe): void {
  describe("herd", () => {
    test("a release wakes the next waiter only", async (context) => {
      const holder = await recipe.contender(await context.client()).acquire();
      const waiting: { zk: ZooKeeper; proxy: FaultProxy; granted: Promise<Grant> }[] = [];
      for (let index = 0; index < WAITERS; index++) {
        const proxy = await context.proxy();
        const { zk } = await context.actor(proxy);
        waiting.push({ zk, proxy, ...(await queueUp(recipe, zk)) });
      }
      const notifications = async (): Promise<number[]> => {
        await Promise.all(waiting.map(({ zk }) => zk.sync("/")));
        return waiting.map(({ proxy }) => proxy.traffic.notifications);
      };
      const before = await notifications();
      await holder.release();
      await waiting[0]!.granted;
      const [next, ...later] = (await notifications()).map((count, index) => count > before[index]!);
      expect(next).toBe(true);
      expect(later.filter(Boolean).length).toBeLessThan(recipe.wokenByRelease);
      expect(later.slice(recipe.wokenByRelease - 1)).not.toContain(true);
    });

    test("a waiter that leaves the middle of the wait queue causes no grant", async (context) => {
      const zk = await context.client();
      const holder = await recipe.contender(zk).acquire();
      const first = await queueUp(recipe, zk);
      const stop = new AbortController();
      const leaver = await queueUp(recipe, zk, { signal: stop.signal });
      const last = await queueUp(recipe, zk);
      const order: string[] = [];
      void first.granted.then(() => order.push("first"));
      void last.granted.then(() => order.push("last"));
      stop.abort();
      await expect(leaver.granted).rejects.toMatchObject({ code: "ABORTED" });
      await zk.sync("/");
      expect([order, holder.signal.aborted]).toEqual([[], false]);
      await holder.release();
      await (await first.granted).release();
      await (await last.granted).release();
      expect(order).toEqual(["first", "last"]);
    });
  });
}
