import { Mutex } from "@conclave/recipes";
import { describe } from "vitest";
import { type ContractHarness, contractTests } from "../test-context/test-context.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";

/** Declares the contract of `Mutex`: one test for each hazard. Call it in a separate suite. */
export function runMutexContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("mutex contract", () => {
    exclusiveHazards(harness, test, {
      contender: (zk, onSuspended) => new Mutex(zk, { name: "m", onSuspended }),
      folders: ["/conclave/locks/m"],
      heldZnodes: 1,
      wokenByRelease: 1,
    });
  });
}
