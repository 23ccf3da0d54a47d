import { runMultiLockContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("MultiLock", runMultiLockContract);
