import { fileURLToPath } from "node:url";

/** Path of the `conclave` command of this package, for processes of their own. */
export const COMMAND_PATH = fileURLToPath(new URL("../bin/conclave.js", import.meta.url));
