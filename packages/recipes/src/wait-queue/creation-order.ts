import type { OperationOptions, ZooKeeper } from "@conclave/client";

/**
 * Returns true if the number of a sequential child does not show its age. The server's counter of children stops at
 * 2147483647: later children get that number too, and concurrent ones negative numbers (`PrepRequestProcessor`,
 * `DataTree.createNode`).
 */
export function hasOverflowed(number: number): boolean {
  return number === 0x7fff_ffff || number < 0;
}

/** Follows a stem that ends in "-" or "_": the dash of a stem is not a sign. */
const OVERFLOWED = /(?:2147483647|[-_]-\d{9,10})$/;

/**
 * Returns the children of `path`, those with overflowed numbers last and in the order of their creation, by their czxids:
 * the input of a `waiterOrder`. No request if fewer than two overflowed; children deleted meanwhile are left out.
 */
export async function inCreationOrder(
  zk: ZooKeeper,
  path: string,
  children: readonly string[],
  options: OperationOptions = {},
): Promise<readonly string[]> {
  const worn = children.filter((child) => OVERFLOWED.test(child));
  if (worn.length < 2) return children;
  const stats = await Promise.all(worn.map((child) => zk.exists(`${path}/${child}`, options)));
  const aged = worn.flatMap((child, index) => {
    const stat = stats[index];
    return stat === null || stat === undefined ? [] : [{ child, czxid: stat.czxid }];
  });
  aged.sort((a, b) => (a.czxid < b.czxid ? -1 : 1));
  return [...children.filter((child) => !OVERFLOWED.test(child)), ...aged.map(({ child }) => child)];
}
