import { randomInt, seededRandom } from "@conclave/runtime";

/**
 * Kind of fault.
 *
 * - `kill`: a worker is killed with SIGKILL during a payout; a new process replaces it.
 * - `pause`: a worker is stopped during a payout until its session has expired, and then continued.
 * - `cutOff`: a running worker cannot reach the ensemble until its session has expired.
 * - `restartRedis`: Redis is killed with SIGKILL and started again.
 */
export type Fault = "kill" | "pause" | "cutOff" | "restartRedis";

/** A fault and the moment of its injection. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Number of completed payouts after which it is injected. */
  readonly afterPaid: number;
  /** Index of the worker; if that one has no payout in progress, the next one that has. Not used for `restartRedis`. */
  readonly worker: number;
}

/** Number of faults of each kind, and the size of the run that they are spread over. */
export interface FaultPlanOptions {
  readonly payouts: number;
  readonly workers: number;
  readonly kills: number;
  readonly pauses: number;
  readonly cutOffs: number;
  readonly redisRestarts: number;
}

/** Returns the faults in the order of their injection. The same seed and options give the same plan. */
export function planFaults(seed: number, options: FaultPlanOptions): PlannedFault[] {
  const random = seededRandom(seed);
  const faults: Fault[] = [
    ...Array<Fault>(options.kills).fill("kill"),
    ...Array<Fault>(options.pauses).fill("pause"),
    ...Array<Fault>(options.cutOffs).fill("cutOff"),
    ...Array<Fault>(options.redisRestarts).fill("restartRedis"),
  ];
  return faults
    .map((fault) => ({
      fault,
      // Not at the end of the run, when there may be no payout left to disturb.
      afterPaid: 1 + randomInt(random, Math.max(1, Math.floor(options.payouts * 0.9))),
      worker: randomInt(random, options.workers),
    }))
    .sort((a, b) => a.afterPaid - b.afterPaid);
}
