import { library } from "@conclave/tsup";

export default library({ index: "src/index.ts", soak: "test-support/soak.ts" });
