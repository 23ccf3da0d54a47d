/** Returns the list rotated left by `turns`. */
export function rotated<T>(list: readonly T[], turns: number): T[] {
  const from = turns % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}
