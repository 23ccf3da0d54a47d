import { describe } from "vitest";
import { type ExclusiveRecipe } from "./exclusive/exclusive-recipe.ts";
import { herd } from "./exclusive/herd.ts";
import { lostWords } from "./exclusive/lost-words.ts";
import { sequenceWrap } from "./exclusive/sequence-wrap.ts";
import { sessionLoss } from "./exclusive/session-loss.ts";
import { lockHistories } from "./lock-histories.ts";
import type { ContractHarness, StagedTest } from "./stage.ts";

/** Declares a test for each hazard that something which one holds at a time can meet, named after the hazard. */
export function exclusiveHazards(harness: ContractHarness, test: StagedTest, recipe: ExclusiveRecipe): void {
  describe("hazards", () => {
    herd(test, recipe);
    lostWords(test, recipe);
    sessionLoss(test, recipe);
    sequenceWrap(harness, recipe);
  });
  lockHistories(test, recipe);
}
