import { compareSequence } from "@conclave/client";

/** What the name of an item's znode has between its marker and its numbers. */
export const ITEM_STEM = "item-";

/** Java's `%010d` behind the stem, and before it, for some queues, the priority. */
const NAME = /item-(?:(\d{10})-)?(\d{10}|-\d{9,10})$/;

interface Place {
  readonly name: string;
  readonly priority: number;
  readonly sequence: number;
}

/**
 * Which of the items nobody has taken, in the order in which they are to be: the smallest priority first, and within one
 * the oldest, also where the server's counter wraps at 2^31. What is no item is left out.
 */
export function itemsToTake(children: readonly string[], taken: readonly string[]): string[] {
  const isTaken = new Set(taken);
  return children
    .flatMap((name): Place[] => {
      const [, priority = "0", sequence] = NAME.exec(name) ?? [];
      if (sequence === undefined || isTaken.has(name)) return [];
      return [{ name, priority: Number(priority), sequence: Number(sequence) }];
    })
    .sort((a, b) => a.priority - b.priority || compareSequence(a.sequence, b.sequence))
    .map(({ name }) => name);
}
