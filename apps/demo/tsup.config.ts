import { app } from "@conclave/tsup";

export default app();
