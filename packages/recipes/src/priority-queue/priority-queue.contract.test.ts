import { runPriorityQueueContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("PriorityQueue", runPriorityQueueContract);
