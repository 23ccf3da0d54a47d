import { runMutexContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("Mutex", runMutexContract);
