/** How much is measured. */
export interface Plan {
  readonly rounds: number;
  /** How many calls in a row make up a figure, of those that ask nobody and of those that ask the server. */
  readonly calls: number;
  readonly askingCalls: number;
  /** How many jobs a worker gets through. */
  readonly jobs: number;
}

export const FULL: Plan = { rounds: 5, calls: 1_000_000, askingCalls: 2_000, jobs: 2_000 };
export const QUICK: Plan = { rounds: 3, calls: 200_000, askingCalls: 500, jobs: 1_000 };

/** What finding out that this process leads may take beside the bare call, in microseconds. */
export const CHECK_TARGET_US = 2;

/** How many jobs a worker has in hand at a time, and how many keys they have where they contend. */
export const CONCURRENCY = 16;
export const FEW_KEYS = 4;

/** What guards the jobs of a queue: nothing, a key for each job, or few keys for all, with what becomes of a job that finds its own taken. */
export const GUARDS = ["bare", "own key", "few keys, wait", "few keys, delay"] as const;
export type QueueGuard = (typeof GUARDS)[number];

/** A queue that a worker empties; each of its jobs takes `workMs`. */
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
