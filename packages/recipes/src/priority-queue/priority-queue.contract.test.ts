import { runPriorityQueueContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("PriorityQueue", runPriorityQueueContract);
