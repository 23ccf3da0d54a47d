import { runCacheContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("TreeCache and NodeCache", runCacheContract);
