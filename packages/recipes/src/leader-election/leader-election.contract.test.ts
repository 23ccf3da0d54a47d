import { runElectionContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("leader election", (ensemble) => runElectionContract(ensemble));
