import { runSharedConfigContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("SharedConfig", runSharedConfigContract);
