import { runElectionContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("LeaderElection", (ensemble) => {
  runElectionContract({ ...ensemble, knowsDigest: ensemble.kind === "apache" });
});
