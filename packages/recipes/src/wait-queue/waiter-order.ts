import { hasOverflowed } from "./creation-order.js";

/** Order of a queue of sequential children, which are recognized by the stem before their numbers. */
export interface WaiterOrder {
  /** Returns the waiters among the children, the first one first. */
  waiters(children: readonly string[]): string[];
  /** Returns the waiters before `name`, the first one first; none if `name` is not in the queue. */
  earlierThan(children: readonly string[], name: string): string[];
}

/** In a name that is listed last it sorts after all others, as an overflowed number. */
export const LAST_NUMBER = "-2147483648";

/**
 * Orders the children named `<anything><stem><number>` by the numbers that the server gave, which is the order of creation.
 * Overflowed numbers come last, in the given order: see `inCreationOrder`. (Curator orders the names as strings: beyond 2^31
 * its order differs.)
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

/** Equal for all overflowed numbers: sorting keeps their given order. */
function age(number: number): number {
  return hasOverflowed(number) ? Number.MAX_SAFE_INTEGER : number;
}
