import { median } from "../report/statistics.ts";
import type { Sample } from "./sample.ts";

/** Largest relative difference of the heap between the first and the last third. */
export const HEAP_TOLERANCE = 0.05;
const MIN_SAMPLES = 6;

export interface Verdict {
  /** Median heap of the first and of the last third of the samples after the warm-up. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly growth: number;
  /** Failed checks; empty if the soak is passed. */
  readonly problems: readonly string[];
}

/** Checks that neither heap nor resources of the client grow. */
export function judge(samples: readonly Sample[], warmUpMs: number): Verdict {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const third = Math.floor(warm.length / 3);
  const first = warm.slice(0, third);
  const last = warm.slice(warm.length - third);
  const heapBefore = median(first.map(({ heapBytes }) => heapBytes));
  const heapAfter = median(last.map(({ heapBytes }) => heapBytes));
  const growth = heapAfter / heapBefore - 1;
  if (warm.length < MIN_SAMPLES) {
    const problem = `only ${warm.length} samples after the warm-up: too few to judge the heap`;
    return { heapBefore, heapAfter, growth, problems: [problem] };
  }
  const problems = growingResources(first, last);
  if (Math.abs(growth) > HEAP_TOLERANCE) {
    problems.push(
      `the heap is not flat: ${(growth * 100).toFixed(1)} % from the first third to the last (allowed: ${HEAP_TOLERANCE * 100} %)`,
    );
  }
  const end = samples.at(-1)!;
  if (end.reconnects === 0) problems.push("the client never reconnected: no fault reached it");
  if (end.expiries === 0) problems.push("no session expired: expiry was not tested");
  return { heapBefore, heapAfter, growth, problems };
}

/** Lists resources whose smallest number in the last third exceeds their largest number in the first. */
function growingResources(first: readonly Sample[], last: readonly Sample[]): string[] {
  const kinds = new Set([...first, ...last].flatMap(({ resources }) => Object.keys(resources)));
  return [...kinds].flatMap((kind) => {
    const most = Math.max(...first.map(({ resources }) => resources[kind] ?? 0));
    const least = Math.min(...last.map(({ resources }) => resources[kind] ?? 0));
    return least > most ? [`${kind} pile up: at most ${most} in the first third, at least ${least} in the last`] : [];
  });
}
