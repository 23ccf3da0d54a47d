import { runElectionContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("LeaderElection", (ensemble) => {
  runElectionContract({ ...ensemble, knowsDigest: ensemble.kind === "apache" });
});
