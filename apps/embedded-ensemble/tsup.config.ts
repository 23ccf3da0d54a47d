import { app } from "@conclave/tsup";

export default app(["src/main.ts", "src/chaos.ts"]);
