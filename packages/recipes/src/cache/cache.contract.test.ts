import { runCacheContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("TreeCache and NodeCache", runCacheContract);
