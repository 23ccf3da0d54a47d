import { compareSequence } from "@conclave/client";

/** Part of an item's znode name between the marker and the numbers. */
export const ITEM_STEM = "item-";

/** Matches the stem, the priority in a priority queue, and the sequence number (Java's `%010d`). */
const NAME = /item-(?:(\d{10})-)?(\d{10}|-\d{9,10})$/;

interface Position {
  readonly name: string;
  readonly priority: number;
  readonly sequence: number;
}

/**
 * Returns the names of the items that are not taken, in delivery order: the smallest priority first, and within one the
 * oldest, also where the server's counter wraps at 2^31. Other names are left out.
 */
export function itemsToTake(children: readonly string[], taken: readonly string[]): string[] {
  const isTaken = new Set(taken);
  return children
    .flatMap((name): Position[] => {
      const match = NAME.exec(name);
      if (match === null || isTaken.has(name)) return [];
      const [, priority, sequence] = match;
      return [{ name, priority: Number(priority ?? 0), sequence: Number(sequence) }];
    })
    .sort((a, b) => a.priority - b.priority || compareSequence(a.sequence, b.sequence))
    .map(({ name }) => name);
}
