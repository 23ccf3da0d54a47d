import { keepHeapSmall } from "./small-heap.js";
import { startQuickly } from "./start-quickly.js";

const args = process.argv.slice(2);
if (args[0] === "server") keepHeapSmall([...process.execArgv, process.env.NODE_OPTIONS ?? ""]);
startQuickly();
const { runCli } = await import("./run-cli.js");
process.exitCode = await runCli(args);
