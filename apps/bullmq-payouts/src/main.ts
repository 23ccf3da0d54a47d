import { interruption, newCommand, printVerdict, wholeFrom } from "./command.js";
import { conduct } from "./conduct.js";
import { openSurroundings } from "./surroundings.js";
import { verdict } from "./verdict.js";

const program = newCommand("payouts", "Several worker processes pay out, never two at once for one account.")
  .option("--workers <number>", "how many processes", wholeFrom(1), 3)
  .option("--payouts <number>", "how many payouts", wholeFrom(1), 400)
  .option("--accounts <number>", "of how many accounts", wholeFrom(1), 8)
  .option("--transfer-ms <number>", "how long the bank takes for one", wholeFrom(0), 100)
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
}>();

const tell = (line: string): void => console.log(line);
const signal = interruption();
try {
  await using surroundings = await openSurroundings({ servers, redisUrl });
  tell(`ensemble ${surroundings.servers}, Redis ${surroundings.redis.url}`);
  // One worker is killed in the middle of a payout, a third of the way.
  const plan = [{ fault: "kill" as const, worker: 0, afterPaid: Math.floor(size.payouts / 3) }];
  const facts = await conduct({ ...surroundings, ...size, sessionTimeoutMs: 3_000, plan, tell, signal });
  const checks = verdict(facts);
  // Whoever conducts it as one app of several shows them with those of the others.
  process.send?.({ checks });
  process.exitCode = printVerdict(checks) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
// Open, it would keep the process.
if (process.connected) process.disconnect?.();
