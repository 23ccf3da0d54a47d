import { runAtomicValueContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("AtomicValue", runAtomicValueContract);
