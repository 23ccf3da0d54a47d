import { randomInt, systemRandom } from "@conclave/runtime";
import { type TestServer, WAIT_LIMIT_MS } from "@conclave/testing";
import { runChaosGroup } from "./chaos-group.ts";
import { ChaosProcess } from "./chaos-process.ts";
import { ChaosTally, type RecipeChaosReport } from "./chaos-tally.ts";
import type { ContenderDefect } from "./messages.ts";

/** Options of {@link runRecipeChaos}. */
export interface RecipeChaosOptions {
  /** Ensemble to run on. With `restartEvery`, it is restarted. */
  readonly target: Pick<TestServer, "connectString" | "restart">;
  /**
   * Number of rounds; each has its own seed.
   * @default 200
   */
  readonly rounds?: number | undefined;
  /**
   * Number of rounds that run at the same time in the same processes.
   * @default 10
   */
  readonly together?: number | undefined;
  /**
   * Restarts the servers in one of this many groups of rounds; 0 means never.
   * @default 2
   */
  readonly restartEvery?: number | undefined;
  /** Seed of the first round; each next seed is one larger. @default `CONCLAVE_SEED`, or a random seed */
  readonly firstSeed?: number | undefined;
  /**
   * Time after the last fault of a group within which each contender must hold the lock again and see the whole group,
   * in milliseconds.
   * @default 60_000
   */
  readonly recoveryMs?: number | undefined;
  /** Defect of the first contender of each round, for tests of the audit. */
  readonly defect?: ContenderDefect | undefined;
  /** Ends the run after the current group of rounds. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each group of rounds with the totals so far. */
  readonly onProgress?: ((report: RecipeChaosReport) => void) | undefined;
}

const CONTENDERS = 3;

/**
 * Runs contenders in three processes, each through its own proxy. They acquire a lock, use a resource that refuses old tokens,
 * count, and follow a group, while connections are cut, delayed and silent, sessions expire, a process is stopped for longer
 * than its session, and the servers restart. Then it checks: no two contenders held the lock at once by their own signals,
 * except paused ones; the resource refused no holder; guarded writes are in the order of tokens; no addition is lost or
 * applied twice; each contender acquires the lock and sees the complete group after the faults; no znode is left.
 *
 * Rejects with a `SeedError` that names the seed of the round and the violations. (The seed determines faults and their times;
 * which of them coincide also depends on the machine, so a rare violation may take several attempts.)
 */
export async function runRecipeChaos(options: RecipeChaosOptions): Promise<RecipeChaosReport> {
  const { target, rounds = 200, together = 10, restartEvery = 2, signal, onProgress, defect } = options;
  const { recoveryMs = WAIT_LIMIT_MS } = options;
  const first = options.firstSeed ?? seedOfEnvironment() ?? randomInt(systemRandom, 2 ** 31 - rounds);
  const tally = new ChaosTally();
  const processes = Array.from({ length: CONTENDERS }, (_, index) => new ChaosProcess(`c${index}`));
  try {
    let group = 0;
    for (let finished = 0; finished < rounds && signal?.aborted !== true; finished += together) {
      const count = Math.min(together, rounds - finished);
      const seeds = Array.from({ length: count }, (_, index) => first + finished + index);
      const withRestart = restartEvery > 0 && group++ % restartEvery === 0;
      const deaths = processes.map(({ death }) => death);
      const context = { target, processes, tally, recoveryMs, defect };
      await Promise.race([runChaosGroup(context, seeds, withRestart), ...deaths]);
      onProgress?.(tally.report);
    }
    return tally.report;
  } finally {
    await Promise.all(processes.map((each) => each.close()));
  }
}

function seedOfEnvironment(): number | undefined {
  const given = process.env.CONCLAVE_SEED;
  return given === undefined || given === "" ? undefined : Number(given);
}
