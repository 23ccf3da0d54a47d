/** The list, started `turns` places later: whoever came first comes last. */
export function rotated<T>(list: readonly T[], turns: number): T[] {
  const from = turns % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}
