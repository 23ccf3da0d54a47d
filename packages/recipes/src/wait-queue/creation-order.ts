import type { OperationOptions, ZooKeeper } from "@conclave/client";

/**
 * Whether the name of a sequential child has a number that tells nothing of its age. The server's counter of children stops
 * at 2147483647: whoever comes later gets that number too, and those who come at one moment negative ones
 * (`PrepRequestProcessor`, `DataTree.createNode`).
 */
export function hasOverflowed(number: number): boolean {
  return number === 0x7fff_ffff || number < 0;
}

/** Behind a stem, which ends in "-" or "_": the dash of a stem is no sign. */
const OVERFLOWED = /(?:2147483647|[-_]-\d{9,10})$/;

/**
 * The children of `path`, those whose numbers are worn out behind the others, and in the order of their creation, by their
 * czxids: as a `waiterOrder` wants them. It costs nothing where no two are; those that have gone meanwhile are left out.
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
