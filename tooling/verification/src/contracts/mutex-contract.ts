import { Mutex } from "@conclave/recipes";
import { describe } from "vitest";
import { exclusiveHazards } from "./exclusive-contract.ts";
import { type ContractHarness, stagedTests } from "./stage.ts";

/** Declares the tests that `Mutex` must pass on every ensemble, a hazard each. Call it in a suite of its own. */
export function runMutexContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("mutex contract", () => {
    exclusiveHazards(harness, test, {
      contender: (zk, onSuspended) => new Mutex(zk, { name: "m", onSuspended }),
      folders: ["/conclave/locks/m"],
      heldZnodes: 1,
      wokenByRelease: 1,
    });
  });
}
