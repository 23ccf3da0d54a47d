import { library } from "@conclave/tsup";

export default library(["src/index.ts", "src/contracts/index.ts", "src/recipe-chaos/contender-process.ts"]);
