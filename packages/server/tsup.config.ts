import { library } from "@conclave/tsup";

export default library(
  {
    index: "src/index.ts",
    "replica-worker": "src/embedded/replica-worker.ts",
    simulation: "test-support/simulation.ts",
    soak: "test-support/soak.ts",
  },
  { index: "src/index.ts" },
);
