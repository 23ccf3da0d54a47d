import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { keepHeapSmall } from "./small-heap.js";

const args = process.argv.slice(2);
// V8 then need not compile the command again at each start. Where the folder cannot be written, it does.
enableCompileCache?.(fileURLToPath(new URL("../.cache", import.meta.url)));
if (args[0] === "server") keepHeapSmall([...process.execArgv, process.env.NODE_OPTIONS ?? ""]);
const { runCli } = await import("./run-cli.js");
process.exitCode = await runCli(args);
