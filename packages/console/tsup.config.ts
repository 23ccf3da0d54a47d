import { library } from "@conclave/tsup";

export default library();
