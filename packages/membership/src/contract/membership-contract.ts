import { describe, it } from "vitest";
import type { ContractHarness } from "./contract-harness.js";
import { ContractStage, type StagedTest } from "./contract-stage.js";
import { drains } from "./drains.js";
import { faults } from "./faults.js";
import { guards } from "./guards.js";
import { exchanges, messages, targets } from "./messages.js";
import { proxies } from "./proxies.js";
import { views } from "./views.js";

/**
 * Declares the tests that an adapter must pass, on every ensemble: views, guards, requests that are passed on, draining, and outages
 * of the ensemble. Call it in a suite of its own.
 */
export function runMembershipContract(harness: ContractHarness): void {
  let made = 0;
  const test: StagedTest = (name, body) =>
    it(name, async () => body(await ContractStage.open(harness, `${harness.root}-${made++}`)));
  describe("membership contract", () => {
    views(test);
    guards(test);
    proxies(test);
    messages(test);
    targets(test);
    exchanges(test);
    drains(test);
    faults(test);
  });
}
