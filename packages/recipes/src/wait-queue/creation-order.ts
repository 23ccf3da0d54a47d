import type { OperationOptions, ZooKeeper } from "@conclave/client";

/**
 * Returns true if a sequence number does not show when its znode was created. The server's counter of children stops at
 * 2147483647: later children get that number too, and concurrent ones negative numbers (`PrepRequestProcessor`,
 * `DataTree.createNode`).
 */
export function hasOverflowed(number: number): boolean {
  return number === 0x7fff_ffff || number < 0;
}

/** Matches names with an overflowed number. A minus sign follows the "-" or "_" that ends the stem. */
const OVERFLOWED = /(?:2147483647|[-_]-\d{9,10})$/;

/**
 * Returns the children of `path` as the input of a `waiterOrder`: those with overflowed numbers last, ordered by their czxids.
 * Reads the czxids only if two or more overflowed, and leaves out children that were deleted before that read.
 */
export async function inCreationOrder(
  zk: ZooKeeper,
  path: string,
  children: readonly string[],
  options: OperationOptions = {},
): Promise<readonly string[]> {
  const overflowed = children.filter((child) => OVERFLOWED.test(child));
  if (overflowed.length < 2) return children;
  const read = async (child: string) => ({ child, stat: await zk.exists(`${path}/${child}`, options) });
  const existing = (await Promise.all(overflowed.map(read))).flatMap(({ child, stat }) =>
    stat === null ? [] : [{ child, czxid: stat.czxid }],
  );
  existing.sort((a, b) => Number(a.czxid - b.czxid));
  return [...children.filter((child) => !OVERFLOWED.test(child)), ...existing.map(({ child }) => child)];
}
