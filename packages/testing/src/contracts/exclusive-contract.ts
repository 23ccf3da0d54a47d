import { describe } from "vitest";
import { type ExclusiveRecipe } from "./exclusive/exclusive-recipe.js";
import { herd } from "./exclusive/herd.js";
import { lostWords } from "./exclusive/lost-words.js";
import { sequenceWrap } from "./exclusive/sequence-wrap.js";
import { sessionLoss } from "./exclusive/session-loss.js";
import { lockHistories } from "./lock-histories.js";
import type { ContractHarness, StagedTest } from "./stage.js";

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
