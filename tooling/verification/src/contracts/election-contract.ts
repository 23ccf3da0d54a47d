import { LeaderElection } from "@conclave/recipes";
import { describe } from "vitest";
import { type ContractHarness, contractTests } from "../test-context/test-context.ts";
import { ELECTION } from "./election/candidate.ts";
import { grants } from "./election/grants.ts";
import { leading, whileLeading } from "./election/leading.ts";
import { randomFaults } from "./election/random-faults.ts";
import { succession } from "./election/succession.ts";
import { withdrawal } from "./election/withdrawal.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";

/**
 * Declares the contract of `LeaderElection`: one leader, in the order of candidacy; a leadership ends before the next begins, also
 * when connections and replies are lost. Call it in a separate suite.
 */
export function runElectionContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("election contract", () => {
    succession(test);
    grants(test);
    withdrawal(test);
    leading(test);
    whileLeading(test);
    randomFaults(test);
    exclusiveHazards(harness, test, {
      contender: (zk, onSuspended) => {
        const election = new LeaderElection(zk, { name: ELECTION, onSuspended });
        return { acquire: (options) => election.campaign(options) };
      },
      folders: [`/conclave/elections/${ELECTION}`],
      heldZnodes: 1,
      wokenByRelease: 1,
    });
  });
}
