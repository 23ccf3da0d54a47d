import { seededRandom } from "@conclave/runtime";
import { FaultPlan, heal } from "../faults/fault-plan.ts";
import { type Tamper, World, type WorldOptions } from "../world/world.ts";
import { checkRecovery } from "./recovery.ts";

export interface SimulationOptions extends Pick<WorldOptions, "seed" | "faults" | "onLine"> {
  /** Faults planted to be found. @default none */
  readonly tamper?: Tamper | undefined;
}

/** Counts of a run. */
export interface SimulationResult {
  readonly seed: number;
  /** Participants, and observers after a plus. */
  readonly ensemble: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly committed: number;
  readonly leaders: number;
  readonly syncs: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly reads: number;
  readonly watchEvents: number;
  readonly sessions: number;
  readonly moves: number;
  readonly virtualMs: number;
  readonly events: number;
  /** Virtual time in milliseconds from the end of the last fault until the ensemble was whole again. */
  readonly recoveryMs: number;
  /** Hash of everything that happened: equal in each run of the same seed. */
  readonly hash: number;
}

/** Time before the first fault: an election, and the first sessions. */
const WARM_UP_MS = 700;
/** Longest time in which all faults of a run are caused. */
const MAX_FAULT_MS = 10 * 60_000;

/**
 * Runs an ensemble with its clients through faults, then ends the faults and waits until it is whole again. The seed decides
 * everything. Throws at the first violation of a guarantee.
 *
 * Call it from a callback of Node.js's event loop, and not from a promise: see `simulateSoon`.
 */
export function simulate(options: SimulationOptions): SimulationResult {
  const world = new World(options);
  const plan = new FaultPlan(world, seededRandom(options.seed ^ 0x5bd1e995));
  world.start();
  world.run(WARM_UP_MS);
  plan.start();
  world.run(MAX_FAULT_MS, () => plan.isDone);
  world.run(world.scheduler.now + 500);
  heal(world);
  const recoveryMs = checkRecovery(world);
  return resultOf(options.seed, world, plan, recoveryMs);
}

/** Runs {@link simulate} in the next turn of the event loop. */
export function simulateSoon(options: SimulationOptions): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(simulate(options));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function resultOf(seed: number, world: World, { counts }: FaultPlan, recoveryMs: number): SimulationResult {
  const { history, replies, clients, scheduler } = world;
  const { participants, observers } = world.settings;
  const sum = (of: (client: (typeof clients)[number]) => number): number =>
    clients.reduce((total, client) => total + of(client), 0);
  return {
    ...{ seed, ensemble: `${participants}+${observers}`, faults: counts, committed: history.committedCount },
    ...{ leaders: history.leaderCount, syncs: world.syncs, acknowledged: replies.counts.acknowledged },
    ...{ unknown: replies.counts.unknown, reads: replies.counts.reads, recoveryMs },
    watchEvents: sum(({ counts: { events } }) => events),
    sessions: sum(({ counts: { sessions } }) => sessions),
    moves: sum(({ counts: { moves } }) => moves),
    ...{ virtualMs: scheduler.now, events: scheduler.count, hash: scheduler.hash.value },
  };
}
