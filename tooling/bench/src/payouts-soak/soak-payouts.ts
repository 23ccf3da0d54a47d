import { runAppCommand } from "../processes/app-command.ts";

/** The chaos command of the sample app bullmq-payouts. */
const CHAOS = new URL("chaos.js", import.meta.resolve("@conclave/bullmq-payouts/main"));
const MINUTES = "--minutes";

/**
 * Makes payouts through a real Redis while workers are killed and lose their sessions and Redis is restarted, and checks the
 * ledger afterwards. With `--minutes`, runs follow each other, each with its own seed, until the time is over; all other
 * options are those of the sample app. Exits with 1 if a payout was lost or made twice. A run handles an interruption
 * itself, and cleans up.
 */
export async function soakPayouts(args: readonly string[]): Promise<number> {
  const at = args.indexOf(MINUTES);
  if (at === -1) return run(args);
  const minutes = Number(args[at + 1]);
  if (!(minutes > 0)) {
    process.stderr.write(`${MINUTES} must be followed by a positive number\n`);
    return 2;
  }
  const options = args.toSpliced(at, 2);
  const endAt = performance.now() + minutes * 60_000;
  for (let count = 1; ; count++) {
    const code = await run(options);
    if (code !== 0) return code;
    process.stdout.write(`Run ${count} passed\n`);
    if (performance.now() >= endAt) return 0;
  }
}

function run(args: readonly string[]): Promise<number> {
  return runAppCommand(CHAOS, args);
}
