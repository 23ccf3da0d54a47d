import { hasOverflowed } from "./creation-order.js";

/** Order of the waiters among the children of a znode. Waiters are recognized by the stem in their names. */
export interface WaiterOrder {
  /** Returns the waiters among the children, in queue order. */
  waiters(children: readonly string[]): string[];
  /** Returns the waiters before `name`, in queue order; none if `name` is not in the queue. */
  earlierThan(children: readonly string[], name: string): string[];
}

/** An overflowed number: a name with it at the end of the list sorts after all others. */
export const LAST_NUMBER = "-2147483648";

/**
 * Returns the order of the children named `<anything><stem><number>` by their sequence numbers, which is the order of creation.
 * Overflowed numbers come last, in the given order: see `inCreationOrder`. (Curator compares names as strings, so its order
 * differs beyond 2^31.)
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
    const queue = waiters(children);
    return queue.slice(0, Math.max(0, queue.indexOf(own)));
  };
  return { waiters, earlierThan };
}

/** Returns the sort key of a number: equal for all overflowed ones, as a stable sort keeps their given order. */
function age(number: number): number {
  return hasOverflowed(number) ? Number.MAX_SAFE_INTEGER : number;
}
