import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a command of a sample app in a process of its own; passes interruptions on. Resolves to its exit code. */
export function runAppCommand(program: URL, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", passOn).on("SIGTERM", passOn);
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => process.off("SIGINT", passOn).off("SIGTERM", passOn));
}
