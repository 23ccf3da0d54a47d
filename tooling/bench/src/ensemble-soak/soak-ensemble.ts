import { availableParallelism } from "node:os";
import { randomInt, systemRandom } from "@conclave/runtime";
import { runSeed, runSeeds, SoakTotals } from "@conclave/simulation";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { minutesOption, seedOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";

interface Options {
  readonly seed?: number;
  readonly first?: number;
  readonly faults?: number;
  readonly for?: number;
  readonly faultsPerSeed?: number;
  readonly threads: number;
}

const DEFAULT_MINUTES = 5;
/** Lines that stay are printed after so many faults. */
const FAULTS_PER_LINE = 50_000;

/**
 * Simulates ensembles of the server, one seed after the other, until a number of faults or minutes is reached. Exits with 1 at
 * the first violation, and prints the seed that repeats it.
 */
export async function soakEnsemble(args: readonly string[]): Promise<number> {
  const options = parse(args);
  return options.seed === undefined ? soak(options) : repeat(options.seed, options.faultsPerSeed);
}

async function repeat(seed: number, faults: number | undefined): Promise<number> {
  const totals = new SoakTotals();
  try {
    totals.add(await runSeed({ seed, faults }));
  } catch (error) {
    return failed(error);
  }
  process.stdout.write(`${totals.summary}${colors.green("✓")} seed ${seed} keeps every guarantee.\n`);
  return 0;
}

async function soak(options: Options): Promise<number> {
  const { faults: wanted, threads, faultsPerSeed: faults, first = randomInt(systemRandom, 2 ** 31) } = options;
  const minutes = options.for ?? (wanted === undefined ? DEFAULT_MINUTES : Number.POSITIVE_INFINITY);
  const startedAt = performance.now();
  const totals = new SoakTotals();
  const progress = new Progress();
  const share = (): number =>
    Math.max(
      (performance.now() - startedAt) / (minutes * 60_000),
      totals.faults / (wanted ?? Number.POSITIVE_INFINITY),
    );
  const aim = wanted === undefined ? `for ${minutes} min` : `through ${wanted.toLocaleString("en")} faults`;
  process.stdout.write(`Simulating ensembles ${aim}, --first ${first}, Node.js ${process.versions.node}\n`);
  let seed = first;
  let nextLine = FAULTS_PER_LINE;
  try {
    await runSeeds({
      threads,
      next: () => (share() < 1 ? { seed: seed++, faults } : undefined),
      onResult: (result) => {
        totals.add(result);
        progress.show(`${bar(share())}  ${totals.line}`);
        if (totals.faults < nextLine) return;
        progress.line(`${((performance.now() - startedAt) / 60_000).toFixed(1)} min: ${totals.line}`);
        nextLine += FAULTS_PER_LINE;
      },
    });
  } catch (error) {
    progress.clear();
    process.stdout.write(`${totals.summary}\n`);
    return failed(error);
  }
  progress.clear();
  const tookMs = performance.now() - startedAt;
  process.stdout.write(`${totals.summary}${"time".padEnd(32)}${(tookMs / 60_000).toFixed(1)} min\n`);
  process.stdout.write(`${colors.green("✓")} Nothing was lost, and every guarantee was kept.\n`);
  return 0;
}

function failed(error: unknown): number {
  process.stdout.write(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

function countOption(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 to 9999999999.");
  return Number(text);
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak ensemble")
    .description("Simulates ensembles of @conclave/server on a virtual clock, network and disk, with faults.")
    .option("--faults <count>", "end after so many faults", countOption)
    .option("--for <minutes>", `end after so many minutes; ${DEFAULT_MINUTES} without --faults`, minutesOption)
    .option("--seed <number>", "run this seed only, to repeat a violation", seedOption)
    .option("--first <number>", "first seed; the others follow it", seedOption)
    .option("--faults-per-seed <count>", "faults in each seed", countOption)
    .option("--threads <count>", "number of threads", countOption, availableParallelism())
    .parse(args, { from: "user" })
    .opts<Options>();
}
