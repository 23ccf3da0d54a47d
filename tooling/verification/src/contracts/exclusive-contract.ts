import { describe } from "vitest";
import type { ContractHarness, ContractTest } from "../test-context/test-context.ts";
import { type ExclusiveRecipe } from "./exclusive/exclusive-recipe.ts";
import { herd } from "./exclusive/herd.ts";
import { lockHistories } from "./exclusive/lock-histories.ts";
import { lostMessages } from "./exclusive/lost-messages.ts";
import { sequenceWrap } from "./exclusive/sequence-wrap.ts";
import { sessionLoss } from "./exclusive/session-loss.ts";

/** Declares the tests of a recipe with one holder at a time: one for each hazard, named after it. */
export function exclusiveHazards(harness: ContractHarness, test: ContractTest, recipe: ExclusiveRecipe): void {
  describe("hazards", () => {
    herd(test, recipe);
    lostMessages(test, recipe);
    sessionLoss(test, recipe);
    sequenceWrap(harness, recipe);
  });
  lockHistories(test, recipe);
}
