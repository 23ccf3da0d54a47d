import { randomInt, seededRandom, systemRandom } from "@conclave/runtime";
import { CRASHES_PER_SEED, KillRounds, runPowerLoss } from "@conclave/server/soak";
import { Command } from "commander";
import colors from "picocolors";
import { minutesOption, seedOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";

interface Options {
  readonly minutes: number;
  readonly seed?: number;
}

/** Progress of the soak. */
interface Count {
  lives: number;
  kills: number;
  halfPurges: number;
}

/** Takes about as long as the kills of a round: a crash in memory takes milliseconds, one of a process a second. */
const POWER_LOSSES_PER_ROUND = 150;
const KILLS_PER_ROUND = 3;

/**
 * Crashes the server for minutes: its storage on a disk in memory, by loss of power, kill and lack of space, and the real
 * process by SIGKILL, purges included. Exits with 1 at the first violation, and prints the seed that repeats it.
 */
export async function soakServer(args: readonly string[]): Promise<number> {
  const { minutes, seed: first = randomInt(systemRandom, 2 ** 31) } = parse(args);
  const lengthMs = minutes * 60_000;
  const count: Count = { lives: 0, kills: 0, halfPurges: 0 };
  const progress = new Progress();
  const startedAt = performance.now();
  process.stdout.write(`Crashing the server for ${minutes} min, --seed ${first}, Node.js ${process.versions.node}\n`);
  let seed = first;
  try {
    for (; performance.now() - startedAt < lengthMs; seed++) {
      for (let serial = 0; serial < POWER_LOSSES_PER_ROUND; serial++) {
        await runPowerLoss(seed * POWER_LOSSES_PER_ROUND + serial);
        count.lives += CRASHES_PER_SEED;
        progress.show(`${bar((performance.now() - startedAt) / lengthMs)}  ${text(count)}`);
      }
      await killRound(seed, count);
    }
  } catch (error) {
    progress.clear();
    const reason = error instanceof Error ? error.message : String(error);
    process.stdout.write(
      `${colors.red("✗")} ${reason}\n\n${text(count)} before.\nTo repeat: pnpm soak server --seed ${seed}\n`,
    );
    return 1;
  }
  progress.clear();
  process.stdout.write(
    `${colors.green("✓")} ${text(count)}. Every acknowledged transaction was recovered, and none partially.\n`,
  );
  return 0;
}

async function killRound(seed: number, count: Count): Promise<void> {
  await using rounds = await KillRounds.open(seededRandom(seed));
  for (let kill = 0; kill < KILLS_PER_ROUND; kill++, count.kills++) await rounds.killWhileWriting();
  if (await rounds.killWhilePurging()) count.halfPurges++;
  count.kills++;
  const code = await rounds.finish();
  if (code !== 0) throw new Error(`a graceful stop exited with code ${code}`);
}

function text({ lives, kills, halfPurges }: Count): string {
  return `${lives} crashes of storage, ${kills} of the process, ${halfPurges} in the middle of a purge`;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak server")
    .description("Crashes @conclave/server's storage and its real process; finds lost or partial transactions.")
    .option("--minutes <count>", "duration in minutes", minutesOption, 5)
    .option("--seed <number>", "seed of the crashes, to repeat a run", seedOption)
    .parse(args, { from: "user" })
    .opts<Options>();
}
