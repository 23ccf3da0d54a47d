import { runReadWriteLockContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("ReadWriteLock", runReadWriteLockContract);
