import { runPersistentNodeContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("PersistentNode", runPersistentNodeContract);
