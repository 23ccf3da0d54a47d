import { runDoubleBarrierContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("DoubleBarrier", runDoubleBarrierContract);
