/** Sizes of a measurement. */
export interface Plan {
  readonly rounds: number;
  /** Number of consecutive calls per figure, for subjects without and with a request to the server. */
  readonly calls: number;
  readonly askingCalls: number;
  /** Number of jobs that a worker completes per figure. */
  readonly jobs: number;
}

export const FULL: Plan = { rounds: 5, calls: 1_000_000, askingCalls: 2_000, jobs: 2_000 };
export const QUICK: Plan = { rounds: 3, calls: 200_000, askingCalls: 500, jobs: 1_000 };

/** Target in microseconds: the cost of a leader check beyond the bare call. */
export const CHECK_TARGET_US = 2;

/** Number of jobs that a worker runs at the same time, and number of keys of a queue with contention. */
export const CONCURRENCY = 16;
export const FEW_KEYS = 4;

/** Guard of a queue's jobs: none, a key for each job, or few keys with `whenBusy` set to "wait" or "delay". */
export const GUARDS = ["bare", "own key", "few keys, wait", "few keys, delay"] as const;
export type QueueGuard = (typeof GUARDS)[number];

/** A queue with its guard; each of its jobs takes `workMs`. */
export interface QueueCell {
  readonly guard: QueueGuard;
  readonly workMs: number;
}

export const QUEUE_CELLS: readonly QueueCell[] = [
  { guard: "bare", workMs: 0 },
  { guard: "own key", workMs: 0 },
  { guard: "few keys, wait", workMs: 0 },
  { guard: "bare", workMs: 10 },
  { guard: "own key", workMs: 10 },
  { guard: "few keys, wait", workMs: 10 },
  { guard: "few keys, delay", workMs: 10 },
];
