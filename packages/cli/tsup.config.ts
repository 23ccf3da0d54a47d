import { command } from "@conclave/tsup";
import manifest from "./package.json" with { type: "json" };

export default command(["src/index.ts", "src/main.ts"], manifest.bundled);
