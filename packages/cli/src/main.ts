import { missingNodeOptions } from "./node-options.js";

const args = process.argv.slice(2);
const options = missingNodeOptions(args, [...process.execArgv, process.env.NODE_OPTIONS ?? ""]);
// Node.js takes such options only when it starts: it starts again in this process, where it can (not on Windows).
if (options.length > 0 && process.platform !== "win32" && process.execve !== undefined) {
  process.execve(process.execPath, [process.execPath, ...options, ...process.execArgv, ...process.argv.slice(1)]);
}
const { runCli } = await import("./run-cli.js");
process.exitCode = await runCli(args);
