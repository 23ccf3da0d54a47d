import type { Random } from "@conclave/runtime";

const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/**
 * Returns the delay before the next attempt, in milliseconds: it doubles with each of `failures` from 100 ms to 10 s. A
 * random share between half and all of it keeps clients that failed together from retrying together.
 */
export function backoffMs(failures: number, random: Random): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return (longest * (1 + random.float())) / 2;
}
