import { Option } from "commander";
import { interruption, newCommand, printVerdict, wholeFrom } from "./command.js";
import { runPayouts } from "./run/run-payouts.js";
import { openServices } from "./run/services.js";
import { verdict } from "./run/verdict.js";

const program = newCommand("payouts", "Makes payouts in several worker processes, one at a time per account.")
  .option("--workers <number>", "number of worker processes", wholeFrom(1), 3)
  .option("--payouts <number>", "number of payouts", wholeFrom(1), 400)
  .option("--accounts <number>", "number of accounts", wholeFrom(1), 8)
  .option("--transfer-ms <number>", "duration of a bank transfer", wholeFrom(0), 100)
  .addOption(
    new Option("--session-timeout-ms <number>", "session timeout of a worker; a killed one loses its lock after it")
      .env("SESSION_TIMEOUT_MS")
      .argParser(wholeFrom(1_000))
      .default(3_000),
  )
  .parse();
const {
  servers,
  redis: redisUrl,
  ...size
} = program.opts<{
  servers?: string;
  redis?: string;
  workers: number;
  payouts: number;
  accounts: number;
  transferMs: number;
  sessionTimeoutMs: number;
}>();

const log = (line: string): void => console.log(line);
const signal = interruption();
try {
  await using services = await openServices({ servers, redisUrl });
  log(`ensemble ${services.servers}, Redis ${services.redis.url}`);
  // One worker is killed during a payout, after a third of the payouts.
  const plan = [{ fault: "kill" as const, worker: 0, afterPaid: Math.floor(size.payouts / 3) }];
  const record = await runPayouts({ ...services, ...size, plan, log, signal });
  const checks = verdict(record);
  // For a parent process that shows the checks of several apps.
  process.send?.({ checks });
  process.exitCode = printVerdict(checks) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
// An open channel would keep the process alive.
if (process.connected) process.disconnect?.();
