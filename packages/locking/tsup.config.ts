import { library } from "@conclave/tsup";

export default library(["src/index.ts", "src/medusa.ts", "src/verrou.ts"]);
