import { type Random, randomInt } from "@conclave/runtime";

/** Returns a copy of `items` in random order; every order is equally likely (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const other = randomInt(random, i + 1);
    const item = copy[i]!;
    copy[i] = copy[other]!;
    copy[other] = item;
  }
  return copy;
}
