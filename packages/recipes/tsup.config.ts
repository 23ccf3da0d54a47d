import { library } from "@conclave/tsup";

export default library([
  "src/index.ts",
  "src/leader-election/index.ts",
  "src/multi-lock/index.ts",
  "src/mutex/index.ts",
  "src/read-write-lock/index.ts",
  "src/semaphore/index.ts",
]);
