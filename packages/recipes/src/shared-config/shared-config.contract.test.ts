import { runSharedConfigContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("SharedConfig", runSharedConfigContract);
