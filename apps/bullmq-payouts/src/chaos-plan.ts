import { randomInt, seededRandom } from "@conclave/runtime";

/**
 * Something that goes wrong.
 *
 * - `kill`: a worker gets SIGKILL, in the middle of a payout; another process takes its place.
 * - `pause`: a worker stands still until its session is over, in the middle of a payout, and then goes on.
 * - `cutOff`: a worker runs, but cannot reach the ensemble until its session is over.
 * - `restartRedis`: Redis gets SIGKILL, and is started again.
 */
export type Fault = "kill" | "pause" | "cutOff" | "restartRedis";

/** A fault, and when it strikes. */
export interface PlannedFault {
  readonly fault: Fault;
  /** When so many payouts have been paid. */
  readonly afterPaid: number;
  /** Which worker, or the next one in line that has a payout in hand; nobody's for `restartRedis`. */
  readonly worker: number;
}

/** How much is to go wrong. */
export interface ChaosSize {
  readonly payouts: number;
  readonly workers: number;
  readonly kills: number;
  readonly pauses: number;
  readonly cutOffs: number;
  readonly redisRestarts: number;
}

/** The faults of a seed, in the order in which they strike: the same seed and size give the same plan. */
export function planChaos(seed: number, size: ChaosSize): PlannedFault[] {
  const random = seededRandom(seed);
  const faults: Fault[] = [
    ...Array<Fault>(size.kills).fill("kill"),
    ...Array<Fault>(size.pauses).fill("pause"),
    ...Array<Fault>(size.cutOffs).fill("cutOff"),
    ...Array<Fault>(size.redisRestarts).fill("restartRedis"),
  ];
  return faults
    .map((fault) => ({
      fault,
      // Not at the very end, when there may be nothing left that could go wrong.
      afterPaid: 1 + randomInt(random, Math.max(1, Math.floor(size.payouts * 0.9))),
      worker: randomInt(random, size.workers),
    }))
    .sort((a, b) => a.afterPaid - b.afterPaid);
}
