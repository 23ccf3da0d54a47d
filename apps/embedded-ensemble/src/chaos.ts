/*
 * `pnpm demo:embedded`: three replicas of the service, of which one after the other is killed, stopped, paused or loses its disk, and
 * a verdict from the records of the service. With `--minutes`, rounds follow each other: `pnpm soak embedded`.
 */
import { randomInt, systemRandom } from "@conclave/runtime";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { runChaos } from "./chaos/run-chaos.js";
import { Summary } from "./chaos/summary.js";
import { verdict } from "./chaos/verdict.js";

const LARGEST_SEED = 2 ** 31;

const program = new Command("demo:embedded")
  .description("Kills, stops, pauses and restarts replicas that carry their own ensemble, and prints a verdict.")
  .option("--seconds <number>", "time in which faults begin", wholeFrom(0), 12)
  .option("--least-faults <number>", "number of faults at least, also if they take longer", wholeFrom(1), 4)
  .option("--minutes <number>", "repeat rounds of faults for this time, each with its own seed", wholeFrom(1))
  .option("--session-timeout-ms <number>", "session timeout of the replicas", wholeFrom(1_000), 3_000)
  .option("--slack-ms <number>", "time for elections, beyond timeouts; more on a busy machine", wholeFrom(0), 2_500)
  .option("--seed <number>", "seed of the faults, to replay a run", wholeFrom(0))
  .parse();
const options = program.opts<{
  seconds: number;
  leastFaults: number;
  minutes?: number;
  sessionTimeoutMs: number;
  slackMs: number;
  seed?: number;
}>();

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
// As with `| head`: all later writes would fail, too.
process.stdout.on("error", ({ message }) => interruption.abort(new Error(`standard output is closed: ${message}`)));

const isWatched = process.stdout.isTTY === true && !process.env.CI;
const startedAt = performance.now();
const endsAt = startedAt + (options.minutes ?? 0) * 60_000;
const summary = new Summary();
let seed = options.seed ?? randomInt(systemRandom, LARGEST_SEED);
console.log("Three replicas of an invoice service, which carry the ensemble that coordinates them.");
let passed = await round();
while (passed && performance.now() < endsAt) {
  seed = (seed + 1) % LARGEST_SEED;
  passed = await round();
}
console.log(`${passed ? colors.green("passed") : colors.red(`FAILED (seed ${seed})`)}: ${summary}`);
process.exitCode = passed ? 0 : 1;

async function round(): Promise<boolean> {
  console.log(colors.bold(`seed ${seed}`) + colors.dim(` (replay: --seed ${seed}), after ${elapsed()} s`));
  try {
    const record = await runChaos({ ...options, seed, signal: interruption.signal, log });
    summary.add(record);
    const checks = verdict(record);
    for (const { name, holds, because } of checks) {
      console.log(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(20))}${because}`);
    }
    return checks.every(({ holds }) => holds);
  } catch (error) {
    const { message } = firstOf(error);
    console.error(interruption.signal.aborted ? `All replicas have been ended: ${message}` : colors.red(message));
    return false;
  }
}

function log(line: string): void {
  if (isWatched) console.log(`  ${colors.dim(`${elapsed().padStart(6)} s`)}  ${line}`);
}

function elapsed(): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
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
