import { library } from "@conclave/tsup";

export default library(
  {
    index: "src/index.ts",
    simulation: "test-support/simulation.ts",
    soak: "test-support/soak.ts",
  },
  { index: "src/index.ts" },
);
