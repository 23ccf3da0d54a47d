/** Returns the median of values in any order; of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Returns the smallest value that is at least as large as a `share` (0 to 1) of all values. NaN for none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** A median, and the distance of the farthest value as a share of the median: 100 ± 0.1 means that all are in 90…110. */
export interface Summary {
  readonly median: number;
  readonly spread: number;
}

export function summarize(values: readonly number[]): Summary {
  const middle = median(values);
  const farthest = Math.max(...values.map((value) => Math.abs(value - middle)));
  return { median: middle, spread: farthest / middle };
}
