/*
 * `pnpm demo:embedded`: three replicas of the service, of which one after the other is killed, stopped or loses its disk, and a
 * verdict from what the service has recorded.
 */
import { randomInt, systemRandom } from "@conclave/runtime";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { runChaos } from "./chaos/run-chaos.js";
import { verdict } from "./chaos/verdict.js";

const program = new Command("demo:embedded")
  .description("Kills, stops and restarts replicas that carry their own ensemble, and prints a verdict.")
  .option("--seconds <number>", "time in which faults begin", wholeFrom(0), 20)
  .option("--least-faults <number>", "number of faults at least, also if they take longer", wholeFrom(1), 3)
  .option("--session-timeout-ms <number>", "session timeout of the replicas", wholeFrom(1_000), 3_000)
  .option("--slack-ms <number>", "time that an election may take beyond it", wholeFrom(0), 5_000)
  .option("--seed <number>", "seed of the faults, to replay a run", wholeFrom(0))
  .parse();
const options = program.opts<{
  seconds: number;
  leastFaults: number;
  sessionTimeoutMs: number;
  slackMs: number;
  seed?: number;
}>();
const seed = options.seed ?? randomInt(systemRandom, 2 ** 31);

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
// As with `| head`: all later writes would fail, too.
process.stdout.on("error", ({ message }) => interruption.abort(new Error(`standard output is closed: ${message}`)));

const isWatched = process.stdout.isTTY === true && process.env.CI === undefined;
const startedAt = performance.now();
console.log(`Three replicas that carry their own ensemble; seed ${seed} (replay: --seed ${seed})`);
try {
  const record = await runChaos({
    ...{ ...options, seed, signal: interruption.signal },
    log: (line) => {
      const time = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
      if (isWatched) console.log(`  ${colors.dim(`${time} s`)}  ${line}`);
    },
  });
  const checks = verdict(record);
  for (const { name, holds, because } of checks) {
    console.log(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(18))} ${because}`);
  }
  process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
} catch (error) {
  console.error(`${colors.red("The demo failed:")} ${firstOf(error).message} (seed ${seed})`);
  process.exitCode = 1;
}

/** Returns the first error, without those that ending everything caused. */
function firstOf(error: unknown): Error {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed;
  return first as Error;
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}
