import { describe, it } from "vitest";
import type { ContractHarness } from "./contract-harness.ts";
import { ContractStage, type StagedTest } from "./contract-stage.ts";
import { drains } from "./drains.ts";
import { faults } from "./faults.ts";
import { guards } from "./guards.ts";
import { exchanges, messages, targets } from "./messages.ts";
import { proxies } from "./proxies.ts";
import { views } from "./views.ts";

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
