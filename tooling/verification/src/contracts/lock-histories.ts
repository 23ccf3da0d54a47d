import type { Grant } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import { assertLinearizable, forEachSeed, HistoryRecorder, type LockInput, lockModel } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ExclusiveRecipe } from "./exclusive/exclusive-recipe.ts";
import type { StagedTest } from "./stage.ts";
import { playTroubled, troubledActors } from "./troubled-play.ts";

/** What is granted, guarded and given back through faults can be put in one order. */
export function lockHistories(test: StagedTest, recipe: ExclusiveRecipe): void {
  describe("histories", () => {
    test("of grants and what they guard are linearizable, through faults by chance", async (stage) => {
      const actors = await troubledActors(stage, 4);
      await forEachSeed(
        async (random) => {
          const history = new HistoryRecorder<LockInput, bigint | boolean>();
          await playTroubled(actors, random, 6, async ({ name, zk }) => {
            let grant: Grant | undefined;
            await history.record(name, { type: "acquire" }, async () => {
              grant = await recipe.contender(zk, randomInt(random, 2) === 0 ? "keep" : "revoke").acquire();
              return grant.fencingToken;
            });
            if (grant === undefined) return;
            const { fencingToken: token, signal } = grant;
            const lost = () => history.mayHappen(name, { type: "release", token });
            if (signal.aborted) lost();
            else signal.addEventListener("abort", lost, { once: true });
            for (let writes = randomInt(random, 3); writes > 0; writes--) {
              await history.record(name, { type: "guarded", token }, () => commits(grant!, zk.transaction()));
            }
            await grant.release();
          });
          assertLinearizable(lockModel, history.operations);
          expect(history.operations.length).toBeGreaterThan(40);
        },
        { count: 3 },
      );
    });
  });
}

/** Whether what is guarded was let through; rejects where nobody knows. */
async function commits(grant: Grant, transaction: Parameters<Grant["guard"]>[0]): Promise<boolean> {
  try {
    await grant.guard(transaction).commit();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "NO_NODE") return false;
    throw error;
  }
}
