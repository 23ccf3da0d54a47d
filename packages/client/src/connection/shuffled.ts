import { type Random, randomInt } from "@conclave/runtime";

/** A copy of `items` in an order that chance decides; every order is as likely (Fisher and Yates). */
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
