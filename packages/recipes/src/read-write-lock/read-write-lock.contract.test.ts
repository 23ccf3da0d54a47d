import { runReadWriteLockContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("ReadWriteLock", runReadWriteLockContract);
