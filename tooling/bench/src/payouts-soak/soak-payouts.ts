import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The chaos run of the sample that pays out: its own command, whose options it takes and whose exit code it has. */
const CHAOS = new URL("chaos.js", import.meta.resolve("@conclave/bullmq-payouts/main"));

/**
 * Pays out through a real Redis while workers are killed, lose their sessions and Redis is restarted, and asks the ledger
 * afterwards. Exits with 1 if a payout was lost or made twice. An interruption is left to the run, which cleans up.
 */
export function soakPayouts(args: readonly string[]): Promise<number> {
  const run = spawn(process.execPath, [fileURLToPath(CHAOS), ...args], { stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals): void => void run.kill(signal);
  process.on("SIGINT", passOn).on("SIGTERM", passOn);
  return new Promise<number>((resolve, reject) => {
    run.once("error", reject);
    run.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => process.off("SIGINT", passOn).off("SIGTERM", passOn));
}
