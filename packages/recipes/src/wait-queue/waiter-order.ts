import { hasOverflowed } from "./creation-order.js";

/** A line of sequential children, told from all other children by what stands before their numbers. */
export interface WaiterOrder {
  /** Those in line among the children, first in line first. */
  waiters(children: readonly string[]): string[];
  /** Those in line before `name`, first in line first; none where it is not in line itself. */
  earlierThan(children: readonly string[], name: string): string[];
}

/** In a name that is given last it stands behind all others: it is worn out. */
export const LAST_NUMBER = "-2147483648";

/**
 * The order of the children whose names are `<anything><stem><number>`, by the numbers that the server gave, which are in
 * the order of creation. Those whose numbers are worn out come last, in the order in which they are given: see
 * `inCreationOrder`. (Curator orders the same names as strings: beyond 2^31 it sees another line.)
 */
export function waiterOrder(...stems: readonly string[]): WaiterOrder {
  // Java's `%010d`: ten characters at least, the sign among them.
  const name = new RegExp(`(?:${stems.join("|")})(\\d{10}|-\\d{9,10})$`);
  const waiters = (children: readonly string[]): string[] =>
    children
      .flatMap((child) => {
        const digits = name.exec(child)?.[1];
        return digits === undefined ? [] : [{ child, number: Number.parseInt(digits, 10) }];
      })
      .sort((a, b) => age(a.number) - age(b.number))
      .map(({ child }) => child);
  const earlierThan = (children: readonly string[], own: string): string[] => {
    const line = waiters(children);
    return line.slice(0, Math.max(0, line.indexOf(own)));
  };
  return { waiters, earlierThan };
}

/** Equal for all whose numbers are worn out: sorting leaves them as they are given. */
function age(number: number): number {
  return hasOverflowed(number) ? Number.MAX_SAFE_INTEGER : number;
}
