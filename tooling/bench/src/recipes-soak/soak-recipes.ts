import { randomInt, systemRandom } from "@conclave/runtime";
import { SeedError, startFaultTarget } from "@conclave/testing";
import { playRecipeChaos, type RecipeChaosReport } from "@conclave/verification";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { bar, Progress } from "../progress.ts";

interface Options {
  readonly minutes: number;
  readonly seed?: number;
}

/** More than any soak plays: the time ends it. */
const ROUNDS = 1_000_000;

/**
 * Plays rounds of contenders in processes of their own for minutes: see `playRecipeChaos`. Exits with 1 at the first promise
 * that is broken, and says how to see it again.
 */
export async function soakRecipes(args: readonly string[]): Promise<number> {
  const { minutes, seed = randomInt(systemRandom, 2 ** 31) } = parse(args);
  const lengthMs = minutes * 60_000;
  const progress = new Progress();
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / lengthMs;
  process.stdout.write(`Contending for ${minutes} min, --seed ${seed}, Node.js ${process.versions.node}\n`);
  let played: RecipeChaosReport | undefined;
  try {
    await using target = await startFaultTarget();
    await playRecipeChaos({
      ...{ target, rounds: ROUNDS, firstSeed: seed, signal: AbortSignal.timeout(lengthMs) },
      onProgress: (report) => {
        played = report;
        progress.show(`${bar(Math.min(1, elapsed()))}  ${text(report)}`);
      },
    });
  } catch (error) {
    progress.clear();
    const why = error instanceof Error ? error.message : String(error);
    const again = error instanceof SeedError ? error.seed : seed;
    const before = played === undefined ? "" : `${text(played)} before.\n`;
    process.stdout.write(`${colors.red("✗")} ${why}\n\n${before}Again: pnpm soak recipes --seed ${again}\n`);
    return 1;
  }
  progress.clear();
  process.stdout.write(`${colors.green("✓")} ${played === undefined ? "Nothing was played" : text(played)}.\n`);
  return 0;
}

function text({ rounds, tenures, pausedTenures, accepted, refused, slowestViewMs }: RecipeChaosReport): string {
  return [
    `${rounds} rounds`,
    `${tenures} grants, ${pausedTenures} of them paused`,
    `${accepted} accesses, ${refused} with an old token refused`,
    `views whole within ${Math.round(slowestViewMs)} ms`,
  ].join("; ");
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak recipes")
    .description("Has processes contend for locks through faults, and looks for two holders, old tokens and orphans.")
    .option("--minutes <count>", "how long", positive, 5)
    .option("--seed <number>", "the faults of another run", wholeNumber)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function positive(value: string): number {
  const minutes = Number(value);
  if (!(minutes > 0) || minutes > 10_000) throw new InvalidArgumentError("It is a number of minutes.");
  return minutes;
}

function wholeNumber(value: string): number {
  if (!/^\d{1,10}$/.test(value)) throw new InvalidArgumentError("It is a whole number.");
  return Number(value);
}
