import { backoffDelayMs, type Random } from "@conclave/runtime";

const LIMITS = { initialMs: 100, maxMs: 10_000 };

/** Returns the delay in milliseconds after `failures` failures in a row: 50 to 100 ms after the first, at most 10 s. */
export function backoffMs(failures: number, random: Random): number {
  return backoffDelayMs(LIMITS, failures, random);
}
