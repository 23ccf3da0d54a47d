const BARS = "▁▂▃▄▅▆▇█";

/** Draws one character per value, between the bounds `low` and `high`, which default to those of the values. */
export function sparkline(
  values: readonly number[],
  low: number = Math.min(...values),
  high: number = Math.max(...values),
): string {
  return values
    .map((value) => {
      const share = high > low ? (value - low) / (high - low) : 0;
      return BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor(share * BARS.length)))];
    })
    .join("");
}
