import { library } from "@conclave/tsup";

export default library(["src/index.ts"]);
