import { runSemaphoreContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("Semaphore", runSemaphoreContract);
