import { compareSequence } from "@conclave/client";

/** A line of sequential children, told from all other children by what stands before their numbers. */
export interface LineOrder {
  /** Those in line among the children, first in line first. */
  inLine(children: readonly string[]): string[];
  /** Those in line before `name`, first in line first; none where it is not in line itself. */
  earlierThan(children: readonly string[], name: string): string[];
}

/**
 * The order of the children whose names are `<anything><stem><number>`, by the numbers that the server gave: these are in
 * the order of creation, also where the server's counter wraps at 2^31, as long as those in line at one moment lie less than
 * 2^31 creations apart. (Curator orders the same names as strings: around the wrap it sees another line.)
 */
export function lineOrder(...stems: readonly string[]): LineOrder {
  // Java's `%010d`: ten characters at least, the sign among them.
  const name = new RegExp(`(?:${stems.join("|")})(\\d{10}|-\\d{9,10})$`);
  const inLine = (children: readonly string[]): string[] =>
    children
      .flatMap((child) => {
        const digits = name.exec(child)?.[1];
        return digits === undefined ? [] : [{ child, number: Number.parseInt(digits, 10) }];
      })
      .sort((a, b) => compareSequence(a.number, b.number) || (a.child < b.child ? -1 : 1))
      .map(({ child }) => child);
  const earlierThan = (children: readonly string[], own: string): string[] => {
    const line = inLine(children);
    return line.slice(0, Math.max(0, line.indexOf(own)));
  };
  return { inLine, earlierThan };
}
