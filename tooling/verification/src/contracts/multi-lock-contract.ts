import { MultiLock, Mutex } from "@conclave/recipes";
import { eventually, type FaultProxy } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";
import { type ExclusiveRecipe, untilZnodes, znodes } from "./exclusive/exclusive-recipe.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";

const NAMES = ["a", "b"];
const both: ExclusiveRecipe = {
  contender: (zk, onSuspended) => new MultiLock(NAMES.map((name) => new Mutex(zk, { name, onSuspended }))),
  folders: NAMES.map((name) => `/conclave/locks/${name}`),
  heldZnodes: NAMES.length,
  wokenByRelease: 1,
};

/** Declares the contract of `MultiLock`: one test for each hazard. Call it in a separate suite. */
export function runMultiLockContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("multi-lock contract", () => {
    exclusiveHazards(harness, test, both);
    allOrNothing(test);
    lostOnTheWay(test);
  });
}

function allOrNothing(test: ContractTest): void {
  describe("all or nothing", () => {
    test("two contenders that name the locks in opposite orders do not deadlock", async (context) => {
      const [one, other] = [await context.client(), await context.client()];
      const forth = new MultiLock(NAMES.map((name) => new Mutex(one, { name })));
      const back = new MultiLock(NAMES.toReversed().map((name) => new Mutex(other, { name })));
      let holding = 0;
      const takeTurns = async (locks: MultiLock): Promise<void> => {
        for (let turn = 0; turn < 10; turn++) {
          await locks.run(async () => {
            expect(++holding).toBe(1);
            await one.sync("/");
            holding--;
          });
        }
      };
      await Promise.all([takeTurns(forth), takeTurns(back)]);
      await untilZnodes(both, one, (count) => count === 0);
    });
  });
}

/** Checks the loss of a lock while the next one is waited for: only holders of all locks are notified. */
function lostOnTheWay(test: ContractTest): void {
  describe("grant lost while the next is waited for", () => {
    test.for([
      ["the connection is cut, by `revoke`", "revoke", "suspended", (proxy: FaultProxy) => proxy.cut()],
      ["the connection is cut, by `keep`", "keep", "connected", (proxy: FaultProxy) => proxy.cut()],
      ["the session expires, by `keep`", "keep", "expired", (proxy: FaultProxy) => proxy.freeze()],
    ] as const)(
      "%s: the contender acquires all in the end, and leaves no znode",
      async (context, [, onSuspended, end, inject]) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const last = await new Mutex(other, { name: "b" }).acquire();
        const { zk, states } = await context.actor(proxy, sessionUntil(end));
        const waiting = both.contender(zk, onSuspended).acquire();
        await untilZnodes(both, other, (count) => count === 3);
        inject(proxy);
        await states.first((state) => state === "suspended");
        await states.first((state) => state === end);
        proxy.cut();
        proxy.heal();
        await last.release();
        const grant = await waiting;
        expect([grant.signal.aborted, await znodes(both, other)]).toMatchObject([false, { length: 2 }]);
        expect(await grant.guard(zk.transaction()).create("/done").commit()).toEqual(["/done"]);
        await grant.release();
        await untilZnodes(both, other, (count) => count === 0);
      },
    );

    test("the first is deleted: the contender queues for it again, and does not wait for the second", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const [, second = ""] = both.folders;
      const last = await new Mutex(other, { name: "b" }).acquire();
      const waiting = both.contender(zk).acquire();
      await untilZnodes(both, other, (count) => count === 3);
      const rival = new Mutex(other, { name: "a" }).acquire();
      await untilZnodes(both, other, (count) => count === 4);
      const [held] = await new Mutex(other, { name: "a" }).contenders();
      await other.delete(held!.path);
      const between = await rival;
      await eventually(async () => (await other.getChildren(second)).length === 1);
      // The rival can acquire the second now: no contender waits for it.
      await last.release();
      const rivalsSecond = await new Mutex(other, { name: "b" }).acquire();
      expect(between.signal.aborted).toBe(false);
      await Promise.all([between.release(), rivalsSecond.release()]);
      expect((await waiting).fencingToken).toBeGreaterThan(rivalsSecond.fencingToken);
    });

    test.for(["signal", "timeoutMs", "close"] as const)("only the caller ends the wait: %s", async (context, how) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const last = await new Mutex(other, { name: "b" }).acquire();
      const { zk, states } = await context.actor(proxy);
      const stop = new AbortController();
      const locks = new MultiLock(NAMES.map((name) => new Mutex(zk, { name })));
      const waiting = locks.acquire({ signal: stop.signal, timeoutMs: how === "timeoutMs" ? 2_500 : undefined });
      waiting.catch(() => {});
      await untilZnodes(both, other, (count) => count === 3);
      proxy.cut();
      await states.take(2);
      if (how === "signal") stop.abort();
      if (how === "close") await zk.close();
      const expected = {
        signal: { code: "ABORTED" },
        timeoutMs: { name: "AcquireTimeoutError" },
        close: { code: "CLOSED" },
      };
      await expect(waiting).rejects.toMatchObject(expected[how]);
      await untilZnodes(both, other, (count) => count === 1);
      expect(last.signal.aborted).toBe(false);
    });
  });
}
