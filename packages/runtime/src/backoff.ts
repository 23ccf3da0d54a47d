import type { Random } from "./random.js";

/** Limits of an exponential backoff, in milliseconds. */
export interface BackoffLimits {
  /** Delay after the first failure. */
  readonly initialMs: number;
  /** Longest delay. */
  readonly maxMs: number;
}

/**
 * Returns the delay, in milliseconds, after `failures` (1, 2, …) failures in a row: it doubles with each of them up to
 * `maxMs`, minus a random part of up to one half, so that clients that failed together do not retry together.
 */
export function backoffDelayMs({ initialMs, maxMs }: BackoffLimits, failures: number, random: Random): number {
  const longestMs = Math.min(maxMs, initialMs * 2 ** (failures - 1));
  return longestMs * (1 - random.float() / 2);
}
