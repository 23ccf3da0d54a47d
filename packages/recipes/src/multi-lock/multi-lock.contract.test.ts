import { runMultiLockContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("MultiLock", runMultiLockContract);
