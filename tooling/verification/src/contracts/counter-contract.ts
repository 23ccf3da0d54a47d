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
import { type ContractHarness, SHORT_SESSION_MS, stagedTests } from "./stage.ts";
import { playTroubled, troubledActors } from "./troubled-play.ts";

const at = { name: "c" };

/** Declares the tests that `Counter` must pass on every ensemble, a hazard each. Call it in a suite of its own. */
export function runCounterContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("counter contract", () => {
    test.for([
      ["loseReply", 5],
      ["loseRequest", 5],
    ] as const)("counter applied twice: %s of an addition, and others add meanwhile", async (stage, [lose, others]) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
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
    });

    test("session lost while an answer is awaited: the call says that it does not know", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
      const shaky = new Counter(zk, at);
      await shaky.add(1n);
      await other.sync("/");
      const lost = proxy.loseReply("multi");
      const adding = shaky.add(1n);
      const told = expect(adding).rejects.toMatchObject({ outcome: "unknown" });
      await lost;
      proxy.refuse();
      await states.first((state) => state === "expired");
      // What proves the write goes with the session: as long as it is there, the answer is known.
      await eventually(() => other.getChildren(shaky.path), { until: ({ length }) => length === 0 });
      proxy.accept();
      await told;
      await other.sync("/");
      expect(await new Counter(other, at).get()).toBe(2n);
    });

    test("its histories are linearizable, through faults by chance", async (stage) => {
      const actors = await troubledActors(stage, 4);
      await forEachSeed(
        async (random, seed) => {
          const path = `/c${seed}`;
          const history = new HistoryRecorder<CounterInput, bigint>();
          await playTroubled(actors, random, 15, async ({ name, zk }) => {
            const counter = new Counter(zk, { path });
            if (randomInt(random, 3) > 0) {
              const delta = BigInt(1 + randomInt(random, 9));
              return history.record(name, { type: "add", delta }, () => counter.add(delta));
            }
            // What one server knows may be old: the promise is about what a sync has brought there.
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
