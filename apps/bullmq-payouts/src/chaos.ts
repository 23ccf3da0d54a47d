import { randomInt, systemRandom } from "@conclave/runtime";
import { planChaos } from "./chaos-plan.js";
import { interruption, newCommand, printVerdict, wholeFrom } from "./command.js";
import { conduct } from "./conduct.js";
import { openSurroundings } from "./surroundings.js";
import { verdict } from "./verdict.js";

const program = newCommand("chaos", "Pays out while workers are killed, lose their sessions, and Redis is restarted.")
  .option("--workers <number>", "how many processes", wholeFrom(2), 4)
  .option("--payouts <number>", "how many payouts", wholeFrom(10), 2_000)
  .option("--accounts <number>", "of how many accounts", wholeFrom(1), 20)
  .option("--kills <number>", "how many SIGKILLs", wholeFrom(0), 12)
  .option(
    "--session-losses <number>",
    "how many workers lose their session, paused or cut off in turn",
    wholeFrom(0),
    6,
  )
  .option("--redis-restarts <number>", "how often Redis is killed and started again", wholeFrom(0), 2)
  .option("--seed <number>", "replays the plan of a run", wholeFrom(0))
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
const plan = planChaos(seed, {
  ...size,
  // One that others keep running cannot be restarted from here.
  redisRestarts: redisUrl === undefined ? size.redisRestarts : 0,
  pauses: Math.ceil(size.sessionLosses / 2),
  cutOffs: Math.floor(size.sessionLosses / 2),
});
const tell = (line: string): void => console.log(line);
const signal = interruption();
const startedAt = performance.now();
tell(`seed ${seed} (replay: --seed ${seed}); ${size.payouts} payouts, ${size.workers} workers, ${plan.length} faults`);
try {
  await using surroundings = await openSurroundings({ servers, redisUrl });
  const facts = await conduct({
    ...surroundings,
    ...size,
    plan,
    transferMs: 20,
    sessionTimeoutMs: 3_000,
    tell,
    signal,
  });
  tell(`took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  process.exitCode = printVerdict(verdict(facts)) ? 0 : 1;
} catch (error) {
  console.error(`seed ${seed}: ${(error as Error).message}`);
  process.exitCode = 1;
}
// Open, it would keep the process.
if (process.connected) process.disconnect?.();
