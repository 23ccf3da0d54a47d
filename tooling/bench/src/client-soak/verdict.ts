import { median } from "../statistics.ts";
import type { Sample } from "./sample.ts";

/** By how much the heap may differ between the first and the last third. */
export const HEAP_TOLERANCE = 0.05;
const MIN_SAMPLES = 6;

export interface Verdict {
  /** Medians of the first and the last third of what was sampled after the warm-up. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly growth: number;
  /** What is wrong; nothing, if the soak is passed. */
  readonly problems: readonly string[];
}

/** Whether samples show a client that keeps nothing back. */
export function judge(samples: readonly Sample[], warmUpMs: number): Verdict {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const third = Math.floor(warm.length / 3);
  const first = warm.slice(0, third);
  const last = warm.slice(warm.length - third);
  const heapBefore = median(first.map(({ heapBytes }) => heapBytes));
  const heapAfter = median(last.map(({ heapBytes }) => heapBytes));
  const growth = heapAfter / heapBefore - 1;
  if (warm.length < MIN_SAMPLES) {
    const problem = `only ${warm.length} samples after the warm-up: too few to tell whether the heap is flat`;
    return { heapBefore, heapAfter, growth, problems: [problem] };
  }
  const problems = growingResources(first, last);
  if (Math.abs(growth) > HEAP_TOLERANCE) {
    problems.push(
      `the heap is not flat: ${(growth * 100).toFixed(1)} % from the first third to the last (up to ${HEAP_TOLERANCE * 100} % is)`,
    );
  }
  const end = samples.at(-1)!;
  if (end.reconnects === 0) problems.push("the client never had to connect again: nothing was tried");
  if (end.expiries === 0) problems.push("no session expired: nothing was tried of that");
  return { heapBefore, heapAfter, growth, problems };
}

/** A kind of thing of which there are always more in the last third than ever in the first. */
function growingResources(first: readonly Sample[], last: readonly Sample[]): string[] {
  const kinds = new Set([...first, ...last].flatMap(({ resources }) => Object.keys(resources)));
  return [...kinds].flatMap((kind) => {
    const most = Math.max(...first.map(({ resources }) => resources[kind] ?? 0));
    const least = Math.min(...last.map(({ resources }) => resources[kind] ?? 0));
    return least > most ? [`${kind} pile up: at most ${most} in the first third, at least ${least} in the last`] : [];
  });
}
