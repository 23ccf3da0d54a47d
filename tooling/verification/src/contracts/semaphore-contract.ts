import { type Grant, Semaphore } from "@conclave/recipes";
import { type Random, randomInt } from "@conclave/runtime";
import { eventually, type FaultProxy, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { exclusiveHazards } from "./exclusive-contract.ts";
import { knewBefore } from "./knew-before.ts";
import { type ContractHarness, SHORT_SESSION_MS, type StagedTest, stagedTests } from "./stage.ts";

const NAME = "s";
const path = `/conclave/semaphores/${NAME}`;

/**
 * Declares the tests that `Semaphore` must pass on every ensemble: with one permit it is a lock, with its hazards; with
 * several, their sum counts. Call it in a suite of its own.
 */
export function runSemaphoreContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("semaphore contract", () => {
    exclusiveHazards(harness, test, {
      contender: (zk, onSuspended) => new Semaphore(zk, { name: NAME, permits: 1, onSuspended }),
      folders: [`${path}/leases`, `${path}/locks`],
      heldZnodes: 1,
      // Who takes the permit passes on the turn to wait for the next one.
      wokenByRelease: 2,
    });
    permits(test);
  });
}

const PERMITS = 3;
const TROUBLES: readonly ((proxy: FaultProxy) => unknown)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.loseReply("create2"),
  (proxy) => proxy.loseRequest("create2"),
  (proxy) => proxy.loseReply("delete"),
  (proxy) => proxy.loseReply("getChildren"),
  () => {},
];

function permits(test: StagedTest): void {
  describe("several permits", () => {
    test("session lost while holding: all permits of the dead are free again, and no others", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
      const steady = new Semaphore(other, { name: NAME, permits: PERMITS });
      const dying = await new Semaphore(zk, { name: NAME, permits: PERMITS, onSuspended: "keep" }).acquire({
        permits: 2,
      });
      const one = await steady.acquire();
      const two = steady.acquire({ permits: 2 });
      const knew = knewBefore(dying.signal, two);
      proxy.freeze();
      expect([await knew, one.signal.aborted]).toEqual([true, false]);
      expect(await steady.tryAcquire()).toBe(undefined);
    });

    test.for(["cut", "expired", "deleted"] as const)(
      "permit lost while the next is waited for: it goes on until it has all, by %s",
      async (stage, how) => {
        const [proxy, other] = [await stage.proxy(), await stage.client()];
        const { zk, states } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
        const steady = new Semaphore(other, { name: NAME, permits: PERMITS });
        const held = await steady.acquire({ permits: 2 });
        const onSuspended = how === "expired" ? "keep" : "revoke";
        const waiting = new Semaphore(zk, { name: NAME, permits: PERMITS, id: "waits", onSuspended }).acquire({
          permits: 2,
        });
        // One that it has, and one that is too many.
        const seen = await eventually(() => steady.holders(), { until: ({ length }) => length === 4 });
        if (how === "deleted") await other.delete(seen.find(({ id }) => id === "waits")!.path);
        else {
          if (how === "cut") proxy.cut();
          else proxy.freeze();
          await states.first((state) => state === (how === "cut" ? "suspended" : "expired"));
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

    test("under faults by chance never more are held than there are, and all are free in the end", async (stage) => {
      const witness = await stage.client();
      const holders = await Promise.all(
        [0, 1, 2, 3].map(async (index) => {
          const proxy = await stage.proxy(stage.servers[index % stage.servers.length]);
          const { zk } = await stage.actor(proxy);
          return { proxy, semaphore: new Semaphore(zk, { name: NAME, permits: PERMITS }) };
        }),
      );
      await forEachSeed(
        async (random) => {
          const held = new Map<Grant, number>();
          const takeTurns = async ({ proxy, semaphore }: (typeof holders)[number]): Promise<void> => {
            for (let turn = 0; turn < 6; turn++) {
              const wanted = 1 + randomInt(random, PERMITS);
              pick(random, TROUBLES)(proxy);
              const grant = await semaphore.acquire({ permits: wanted });
              held.set(grant, wanted);
              const sum = [...held].reduce((all, [{ signal }, each]) => all + (signal.aborted ? 0 : each), 0);
              expect(sum).toBeLessThanOrEqual(PERMITS);
              pick(random, TROUBLES)(proxy);
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

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[randomInt(random, choices.length)]!;
}
