import { runPersistentNodeContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("PersistentNode", runPersistentNodeContract);
