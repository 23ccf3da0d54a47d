import type { Random } from "@conclave/runtime";

const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/**
 * How long to wait before trying again after `failures` in a row: doubling from 100 ms to 10 s, and of that a share
 * between half and all by chance, so that those who failed together do not come back together.
 */
export function backoffMs(failures: number, random: Random): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return (longest * (1 + random.float())) / 2;
}
