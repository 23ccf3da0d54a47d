import { runSemaphoreContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("Semaphore", runSemaphoreContract);
