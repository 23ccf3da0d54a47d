import { runAtomicValueContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("AtomicValue", runAtomicValueContract);
