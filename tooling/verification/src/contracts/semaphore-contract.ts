import { type Grant, Semaphore } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import { eventually, type FaultProxy, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { abortedBefore } from "../test-context/aborted-before.ts";
import { pick } from "../test-context/faulty-actors.ts";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";

const NAME = "s";
const path = `/conclave/semaphores/${NAME}`;

/**
 * Declares the contract of `Semaphore`: with one permit it has the hazards of a lock; with several permits, their sum is limited.
 * Call it in a separate suite.
 */
export function runSemaphoreContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("semaphore contract", () => {
    exclusiveHazards(harness, test, {
      contender: (zk, onSuspended) => new Semaphore(zk, { name: NAME, permits: 1, onSuspended }),
      folders: [`${path}/leases`, `${path}/locks`],
      heldZnodes: 1,
      // The holder of the permit lets the next contender wait for the next permit.
      wokenByRelease: 2,
    });
    permits(test);
  });
}

const PERMITS = 3;
const FAULTS: readonly ((proxy: FaultProxy) => unknown)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.loseReply("create2"),
  (proxy) => proxy.loseRequest("create2"),
  (proxy) => proxy.loseReply("delete"),
  (proxy) => proxy.loseReply("getChildren"),
  () => {},
];

function permits(test: ContractTest): void {
  describe("several permits", () => {
    test("session lost while holding: the permits of that session are free again, and no others", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, sessionUntil("expired"));
      const steady = new Semaphore(other, { name: NAME, permits: PERMITS });
      const dying = await new Semaphore(zk, { name: NAME, permits: PERMITS, onSuspended: "keep" }).acquire({
        permits: 2,
      });
      const one = await steady.acquire();
      const two = steady.acquire({ permits: 2 });
      const abortedFirst = abortedBefore(dying.signal, two);
      proxy.freeze();
      expect([await abortedFirst, one.signal.aborted]).toEqual([true, false]);
      expect(await steady.tryAcquire()).toBe(undefined);
    });

    test.for(["cut", "expired", "deleted"] as const)(
      "permit lost while the next is waited for: the contender acquires all in the end, by %s",
      async (context, how) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const lost = how === "expired" ? "expired" : "suspended";
        const { zk, states } = await context.actor(proxy, sessionUntil(lost));
        const steady = new Semaphore(other, { name: NAME, permits: PERMITS });
        const held = await steady.acquire({ permits: 2 });
        const onSuspended = how === "expired" ? "keep" : "revoke";
        const waiting = new Semaphore(zk, { name: NAME, permits: PERMITS, id: "waits", onSuspended }).acquire({
          permits: 2,
        });
        // One that it has, and one above the limit.
        const seen = await eventually(() => steady.holders(), { until: ({ length }) => length === 4 });
        if (how === "deleted") await other.delete(seen.find(({ id }) => id === "waits")!.path);
        else {
          if (how === "cut") proxy.cut();
          else proxy.freeze();
          await states.first((state) => state === lost);
          proxy.cut();
          proxy.heal();
        }
        await held.release();
        const grant = await waiting;
        expect([grant.signal.aborted, await grant.guard(zk.transaction()).create("/done").commit()]).toEqual([
          false,
          ["/done"],
        ]);
        await eventually(() => steady.holders(), { until: ({ length }) => length === 2 });
        await grant.release();
        await eventually(() => steady.holders(), { until: ({ length }) => length === 0 });
      },
    );

    test("under random faults the limit is never exceeded, and all permits are free in the end", async (context) => {
      const witness = await context.client();
      const holders = await Promise.all(
        [0, 1, 2, 3].map(async (index) => {
          const proxy = await context.proxy(context.servers[index % context.servers.length]);
          const { zk } = await context.actor(proxy);
          return { proxy, semaphore: new Semaphore(zk, { name: NAME, permits: PERMITS }) };
        }),
      );
      await forEachSeed(
        async (random) => {
          const held = new Map<Grant, number>();
          const takeTurns = async ({ proxy, semaphore }: (typeof holders)[number]): Promise<void> => {
            for (let turn = 0; turn < 6; turn++) {
              const wanted = 1 + randomInt(random, PERMITS);
              pick(random, FAULTS)(proxy);
              const grant = await semaphore.acquire({ permits: wanted });
              held.set(grant, wanted);
              const sum = [...held].reduce((all, [{ signal }, each]) => all + (signal.aborted ? 0 : each), 0);
              expect(sum).toBeLessThanOrEqual(PERMITS);
              pick(random, FAULTS)(proxy);
              await grant.release();
              held.delete(grant);
            }
          };
          await Promise.all(holders.map(takeTurns));
          const view = new Semaphore(witness, { name: NAME, permits: PERMITS });
          await eventually(
            async () => {
              await witness.sync("/");
              return view.holders();
            },
            { until: ({ length }) => length === 0 },
          );
        },
        { count: 2 },
      );
    });
  });
}
