import { randomInt, systemRandom } from "@conclave/runtime";
import { interruption, newCommand, printVerdict, wholeFrom } from "./command.js";
import { planFaults } from "./faults/fault-plan.js";
import { runPayouts } from "./run/run-payouts.js";
import { openServices } from "./run/services.js";
import { verdict } from "./run/verdict.js";

const program = newCommand(
  "chaos",
  "Makes payouts while workers are killed or lose their sessions and Redis is restarted.",
)
  .option("--workers <number>", "number of worker processes", wholeFrom(2), 4)
  .option("--payouts <number>", "number of payouts", wholeFrom(10), 2_000)
  .option("--accounts <number>", "number of accounts", wholeFrom(1), 20)
  .option("--kills <number>", "number of workers to kill", wholeFrom(0), 12)
  .option(
    "--session-losses <number>",
    "number of workers that lose their session, paused or cut off in turn",
    wholeFrom(0),
    6,
  )
  .option("--redis-restarts <number>", "number of times Redis is killed and started again", wholeFrom(0), 2)
  .option("--seed <number>", "seed of the fault plan, to replay a run", wholeFrom(0))
  .parse();
const {
  servers,
  redis: redisUrl,
  ...size
} = program.opts<{
  servers?: string;
  redis?: string;
  seed?: number;
  workers: number;
  payouts: number;
  accounts: number;
  kills: number;
  sessionLosses: number;
  redisRestarts: number;
}>();

const seed = size.seed ?? randomInt(systemRandom, 2 ** 31);
const plan = planFaults(seed, {
  ...size,
  // A Redis that was started elsewhere cannot be restarted here.
  redisRestarts: redisUrl === undefined ? size.redisRestarts : 0,
  pauses: Math.ceil(size.sessionLosses / 2),
  cutOffs: Math.floor(size.sessionLosses / 2),
});
const log = (line: string): void => console.log(line);
const signal = interruption();
const startedAt = performance.now();
log(`seed ${seed} (replay: --seed ${seed}); ${size.payouts} payouts, ${size.workers} workers, ${plan.length} faults`);
try {
  await using services = await openServices({ servers, redisUrl });
  const record = await runPayouts({
    ...services,
    ...size,
    plan,
    transferMs: 20,
    sessionTimeoutMs: 3_000,
    log,
    signal,
  });
  log(`took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  process.exitCode = printVerdict(verdict(record)) ? 0 : 1;
} catch (error) {
  console.error(`seed ${seed}: ${(error as Error).message}`);
  process.exitCode = 1;
}
// An open channel would keep the process alive.
if (process.connected) process.disconnect?.();
