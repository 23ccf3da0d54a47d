import { randomInt, systemRandom } from "@conclave/runtime";
import { SeedError, startTestServer } from "@conclave/testing";
import { type RecipeChaosReport, runRecipeChaos } from "@conclave/verification";
import { Command } from "commander";
import colors from "picocolors";
import { minutesOption, seedOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";

interface Options {
  readonly minutes: number;
  readonly seed?: number;
}

/** More rounds than any soak reaches: the time ends it. */
const ROUNDS = 1_000_000;

/**
 * Runs rounds of contenders in processes of their own for minutes. Exits with 1 at the first violation, and prints the seed
 * that repeats it.
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
    await using target = await startTestServer();
    await runRecipeChaos({
      ...{ target, rounds: ROUNDS, firstSeed: seed, signal: AbortSignal.timeout(lengthMs) },
      onProgress: (report) => {
        played = report;
        progress.show(`${bar(Math.min(1, elapsed()))}  ${text(report)}`);
      },
    });
  } catch (error) {
    progress.clear();
    const reason = error instanceof Error ? error.message : String(error);
    const failing = error instanceof SeedError ? error.seed : seed;
    const before = played === undefined ? "" : `${text(played)} before.\n`;
    process.stdout.write(`${colors.red("✗")} ${reason}\n\n${before}To repeat: pnpm soak recipes --seed ${failing}\n`);
    return 1;
  }
  progress.clear();
  process.stdout.write(`${colors.green("✓")} ${played === undefined ? "no round was completed" : text(played)}.\n`);
  return 0;
}

function text({ rounds, tenures, pausedTenures, accepted, refused, slowestViewMs }: RecipeChaosReport): string {
  return [
    `${rounds} rounds`,
    `${tenures} grants, ${pausedTenures} of them paused`,
    `${accepted} accesses, ${refused} with an old token refused`,
    `views complete within ${Math.round(slowestViewMs)} ms`,
  ].join("; ");
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak recipes")
    .description("Runs processes that contend for locks under faults; finds two holders, old tokens and orphans.")
    .option("--minutes <count>", "duration in minutes", minutesOption, 5)
    .option("--seed <number>", "seed of the faults, to repeat a run", seedOption)
    .parse(args, { from: "user" })
    .opts<Options>();
}
