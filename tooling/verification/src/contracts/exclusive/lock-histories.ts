import type { Grant } from "@conclave/recipes";
import { onAbort, randomInt } from "@conclave/runtime";
import { assertLinearizable, forEachSeed, HistoryRecorder, type LockInput, lockModel } from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, runWithFaults } from "../../test-context/faulty-actors.ts";
import type { ContractTest } from "../../test-context/test-context.ts";
import type { ExclusiveRecipe } from "./exclusive-recipe.ts";

/** Checks that histories of grants, guarded writes and releases under faults are linearizable. */
export function lockHistories(test: ContractTest, recipe: ExclusiveRecipe): void {
  describe("histories", () => {
    test("of grants and guarded writes under random faults are linearizable", async (context) => {
      const actors = await faultyActors(context, 4);
      await forEachSeed(
        async (random) => {
          const history = new HistoryRecorder<LockInput, bigint | boolean>();
          await runWithFaults(actors, random, 6, async ({ name, zk }) => {
            let grant: Grant | undefined;
            await history.record(name, { type: "acquire" }, async () => {
              grant = await recipe.contender(zk, randomInt(random, 2) === 0 ? "keep" : "revoke").acquire();
              return grant.fencingToken;
            });
            if (grant === undefined) return;
            const { fencingToken: token, signal } = grant;
            onAbort(signal, () => history.mayHappen(name, { type: "release", token }));
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

/** Resolves with true if the guarded write was applied; rejects if that is unknown. */
async function commits(grant: Grant, transaction: Parameters<Grant["guard"]>[0]): Promise<boolean> {
  try {
    await grant.guard(transaction).commit();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "NO_NODE") return false;
    throw error;
  }
}
