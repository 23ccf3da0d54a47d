import { LeaderElection } from "@conclave/recipes";
import { describe } from "vitest";
import { ELECTION } from "./election/candidate.ts";
import { grants } from "./election/grants.ts";
import { leading, whileLeading } from "./election/leading.ts";
import { leavings } from "./election/leavings.ts";
import { succession } from "./election/succession.ts";
import { turmoil } from "./election/turmoil.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";
import { type ContractHarness, stagedTests } from "./stage.ts";

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
