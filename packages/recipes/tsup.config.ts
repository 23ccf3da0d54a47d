import { library } from "@conclave/tsup";

export default library([
  "src/index.ts",
  "src/atomic-value/index.ts",
  "src/barrier/index.ts",
  "src/cache/index.ts",
  "src/counter/index.ts",
  "src/double-barrier/index.ts",
  "src/group/index.ts",
  "src/latch/index.ts",
  "src/leader-election/index.ts",
  "src/multi-lock/index.ts",
  "src/mutex/index.ts",
  "src/partitioner/index.ts",
  "src/persistent-node/index.ts",
  "src/priority-queue/index.ts",
  "src/queue/index.ts",
  "src/read-write-lock/index.ts",
  "src/semaphore/index.ts",
  "src/service-registry/index.ts",
  "src/shared-config/index.ts",
]);
