/** Maximum number of different letters: one in three, up to 3. */
const tolerance = (key: string): number => Math.min(3, Math.floor(key.length / 3));

/** Returns the element of `known` that differs from `key` by letter case and a few letters only; `undefined` if none does. */
export function similarKey(key: string, known: Iterable<string>): string | undefined {
  const wanted = normal(key);
  let best: string | undefined;
  let bestDistance = tolerance(key) + 1;
  for (const each of known) {
    const distance = editDistance(wanted, normal(each), bestDistance);
    if (distance >= bestDistance) continue;
    best = each;
    bestDistance = distance;
  }
  return best;
}

/** Removes the prefix of system properties, from which keys are often copied, and letter case. */
function normal(key: string): string {
  return key.replace(/^zookeeper\./, "").toLowerCase();
}

/** Returns the number of letters to insert, delete, replace or swap with their neighbour; at most `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(current[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
