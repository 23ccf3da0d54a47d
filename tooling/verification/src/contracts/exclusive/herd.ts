import type { ZooKeeper } from "@conclave/client";
import type { Grant } from "@conclave/recipes";
import type { FaultProxy } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";
import { type ExclusiveRecipe, queueUp } from "./exclusive-recipe.ts";

const WAITERS = 5;

/** Nobody is woken who has nothing to do. */
export function herd(test: StagedTest, recipe: ExclusiveRecipe): void {
  describe("herd", () => {
    test("a release wakes the next in line and nobody behind", async (stage) => {
      const holder = await recipe.contender(await stage.client()).acquire();
      const waiting: { zk: ZooKeeper; proxy: FaultProxy; granted: Promise<Grant> }[] = [];
      for (let index = 0; index < WAITERS; index++) {
        const proxy = await stage.proxy();
        const { zk } = await stage.actor(proxy);
        waiting.push({ zk, proxy, ...(await queueUp(recipe, zk)) });
      }
      const told = async (): Promise<number[]> => {
        await Promise.all(waiting.map(({ zk }) => zk.sync("/")));
        return waiting.map(({ proxy }) => proxy.traffic.notifications);
      };
      const before = await told();
      await holder.release();
      await waiting[0]!.granted;
      const [next, ...behind] = (await told()).map((count, index) => count > before[index]!);
      expect(next).toBe(true);
      expect(behind.filter(Boolean).length).toBeLessThan(recipe.wokenByRelease);
      expect(behind.slice(recipe.wokenByRelease - 1)).not.toContain(true);
    });

    test("one that leaves the middle of the line has nobody granted", async (stage) => {
      const zk = await stage.client();
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
