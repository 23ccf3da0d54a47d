import { randomInt, systemRandom } from "@conclave/runtime";
import { type FaultTarget, WAIT_LIMIT_MS } from "@conclave/testing";
import { playChaosGroup } from "./chaos-group.ts";
import { ChaosProcess } from "./chaos-process.ts";
import { ChaosTally, type RecipeChaosReport } from "./chaos-tally.ts";
import type { ContenderLie } from "./messages.ts";

/** Options of {@link playRecipeChaos}. */
export interface RecipeChaosOptions {
  /** The ensemble to play on. With `restartEvery`, it is restarted. */
  readonly target: Pick<FaultTarget, "connectString" | "restart">;
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
   * The servers are restarted in one of so many groups of rounds; 0 for never.
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
  /** Has the first contender of each round break a promise: for tests of the play itself. */
  readonly lie?: ContenderLie | undefined;
  /** Ends the play after the group of rounds that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each group of rounds with the totals so far. */
  readonly onProgress?: ((report: RecipeChaosReport) => void) | undefined;
}

const CONTENDERS = 3;

/**
 * Has contenders in processes of their own, each behind a proxy, take a lock, use a resource that refuses old tokens, count,
 * and follow who is here, while connections are cut, late and silent, sessions expire, a process is stopped for longer than
 * its session, and the servers are restarted. Then: no two hold the lock at once as far as they know, but for those who stood
 * still; no holder is refused by the resource; guarded writes are in the order of tokens; nothing is counted twice or lost;
 * each has the lock again and a whole view of the group once the faults are over; and no znode is left behind.
 *
 * Rejects with a `SeedError` that names the seed of the round and what was contradicted. (The seed decides faults and their
 * moments; the machine has a say in what meets what, so a rare contradiction may take several attempts.)
 */
export async function playRecipeChaos(options: RecipeChaosOptions): Promise<RecipeChaosReport> {
  const { target, rounds = 200, together = 10, restartEvery = 2, signal, onProgress, lie } = options;
  const { recoveryMs = WAIT_LIMIT_MS } = options;
  const first = options.firstSeed ?? seedOfEnvironment() ?? randomInt(systemRandom, 2 ** 31 - rounds);
  const tally = new ChaosTally();
  const processes = Array.from({ length: CONTENDERS }, (_, index) => new ChaosProcess(`c${index}`));
  try {
    let group = 0;
    for (let played = 0; played < rounds && signal?.aborted !== true; played += together) {
      const count = Math.min(together, rounds - played);
      const seeds = Array.from({ length: count }, (_, index) => first + played + index);
      const withRestart = restartEvery > 0 && group++ % restartEvery === 0;
      const deaths = processes.map(({ death }) => death);
      const place = { target, processes, tally, recoveryMs, lie };
      await Promise.race([playChaosGroup(place, seeds, withRestart), ...deaths]);
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
