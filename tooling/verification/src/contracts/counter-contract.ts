import { Counter } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import {
  assertLinearizable,
  type CounterInput,
  counterModel,
  eventually,
  forEachSeed,
  HistoryRecorder,
} from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, runWithFaults } from "../test-context/faulty-actors.ts";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";

const at = { name: "c" };

/** Declares the contract of `Counter`: one test for each hazard. Call it in a separate suite. */
export function runCounterContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("counter contract", () => {
    test.for([
      ["loseReply", 5],
      ["loseRequest", 5],
    ] as const)(
      "counter applied twice: %s of an addition during concurrent additions",
      async (context, [lose, others]) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const { zk, states } = await context.actor(proxy);
        const [shaky, steady] = [new Counter(zk, at), new Counter(other, at)];
        await shaky.add(1n);
        const lost = proxy[lose]("multi");
        const adding = shaky.add(1n);
        await lost;
        proxy.refuse();
        await states.first((state) => state === "suspended");
        for (let added = 0; added < others; added++) await steady.add(100n);
        proxy.accept();
        await adding;
        await other.sync("/");
        expect(await steady.get()).toBe(2n + 100n * BigInt(others));
      },
    );

    test("session lost while a reply is pending: the call rejects with the outcome unknown", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      const shaky = new Counter(zk, at);
      await shaky.add(1n);
      await other.sync("/");
      const lost = proxy.loseReply("multi");
      const adding = shaky.add(1n);
      const received = expect(adding).rejects.toMatchObject({ outcome: "unknown" });
      await lost;
      proxy.refuse();
      await states.first((state) => state === "expired");
      // The znode that proves the write ends with the session; while it exists, the outcome is known.
      await eventually(() => other.getChildren(shaky.path), { until: ({ length }) => length === 0 });
      proxy.accept();
      await received;
      await other.sync("/");
      expect(await new Counter(other, at).get()).toBe(2n);
    });

    test("histories under random faults are linearizable", async (context) => {
      const actors = await faultyActors(context, 4);
      await forEachSeed(
        async (random, seed) => {
          const path = `/c${seed}`;
          const history = new HistoryRecorder<CounterInput, bigint>();
          await runWithFaults(actors, random, 15, async ({ name, zk }) => {
            const counter = new Counter(zk, { path });
            if (randomInt(random, 3) > 0) {
              const delta = BigInt(1 + randomInt(random, 9));
              return history.record(name, { type: "add", delta }, () => counter.add(delta));
            }
            // A server may be behind: the guarantee holds for reads after a sync.
            return history.record(name, { type: "read" }, async () => {
              await zk.sync("/");
              return counter.get();
            });
          });
          assertLinearizable(counterModel(0n), history.operations);
          expect(history.operations.length).toBeGreaterThan(40);
        },
        { count: 3 },
      );
    });
  });
}
