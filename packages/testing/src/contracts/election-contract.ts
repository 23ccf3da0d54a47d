import { LeaderElection } from "@conclave/recipes";
import { describe } from "vitest";
import { ELECTION } from "./election/candidate.js";
import { grants } from "./election/grants.js";
import { leading, whileLeading } from "./election/leading.js";
import { leavings } from "./election/leavings.js";
import { succession } from "./election/succession.js";
import { turmoil } from "./election/turmoil.js";
import { exclusiveHazards } from "./exclusive-contract.js";
import { type ContractHarness, stagedTests } from "./stage.js";

/**
 * Declares the tests that `LeaderElection` must pass on every ensemble: one leader, in the order of standing, whose
 * leadership ends before the next begins, whatever becomes of connections and replies. Call it in a suite of its own.
 */
export function runElectionContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("election contract", () => {
    succession(test);
    grants(test);
    leavings(test);
    leading(test);
    whileLeading(test);
    turmoil(test);
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
