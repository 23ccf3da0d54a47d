import { runClientContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { connect } from "./connect.js";

describeOnEachEnsemble("client", (ensemble) => {
  runClientContract({ ...ensemble, connect, knowsDigest: true });
});
