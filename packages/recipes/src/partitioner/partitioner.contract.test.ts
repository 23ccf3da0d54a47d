import { runPartitionerContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("Partitioner", runPartitionerContract);
