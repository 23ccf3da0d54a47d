/** Middle of the values, whatever their order; of an even number, the mean of the two in the middle. NaN for none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The smallest value that at least `share` (0 to 1) of all values do not exceed. NaN for none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** A median, and how far the value farthest from it lies, as a share of it: 100 ± 0.1 says that all are in 90…110. */
export interface Summary {
  readonly median: number;
  readonly spread: number;
}

export function summarize(values: readonly number[]): Summary {
  const middle = median(values);
  const farthest = Math.max(...values.map((value) => Math.abs(value - middle)));
  return { median: middle, spread: farthest / middle };
}
