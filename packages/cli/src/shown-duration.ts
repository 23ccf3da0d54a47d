const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** Returns a duration with its two largest units: `4 d 3 h`, `5 min 0 s`, `0 s`. Negative ones, of clocks that differ, are 0. */
export function shownDuration(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first === -1) return "0 s";
  const [unit, size] = UNITS[first]!;
  const large = `${Math.floor(ms / size)} ${unit}`;
  const next = UNITS[first + 1];
  return next === undefined ? large : `${large} ${Math.floor((ms % size) / next[1])} ${next[0]}`;
}
