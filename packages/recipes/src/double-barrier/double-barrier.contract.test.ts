import { runDoubleBarrierContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("DoubleBarrier", runDoubleBarrierContract);
