import { runLatchContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("Latch", runLatchContract);
