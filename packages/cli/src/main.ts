import { missingNodeOptions, serverEnvironment, setHeapFlags } from "./node-options.js";

const args = process.argv.slice(2);
const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
const options = missingNodeOptions(args, given);
// Node.js takes such options only when it starts: it starts again in this process, where it can (not on Windows).
if (options.length > 0 && process.platform !== "win32" && process.execve !== undefined) {
  const command = [process.execPath, ...options, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, command, serverEnvironment(process.env));
}
setHeapFlags(args, given);
const { runCli } = await import("./run-cli.js");
process.exitCode = await runCli(args);
