import { invalidPathReason } from "@conclave/protocol";

/**
 * Returns the path of a znode below `parent`: `joinPath("/a", "b", "c")` is "/a/b/c". Throws a `TypeError` for a name
 * with a slash, or if the result is not a valid path.
 */
export function joinPath(parent: string, ...names: readonly string[]): string {
  const path = names.reduce((path, name) => `${path === "/" ? "" : path}/${name}`, parent);
  const reason = names.some((name) => name.includes("/")) ? "a name contains a slash" : invalidPathReason(path);
  if (reason !== undefined) throw new TypeError(`"${path}" is not a valid path: ${reason}`);
  return path;
}

/**
 * Returns the number that a server appended to a sequential name or path (Java's `%010d`); `undefined` if there is
 * none. After 2147483647 the counter continues with negative numbers. Their sign is recognized after a prefix that ends
 * in "-", as in "lock--2147483648"; after any other prefix, one dash before ten digits is part of the prefix.
 */
export function sequenceNumber(nameOrPath: string): number | undefined {
  const [, sign, ten, nine] = /(-?-?)(\d{10})$|-(\d{9})$/.exec(nameOrPath) ?? [];
  if (nine !== undefined) return -Number(nine);
  if (ten === undefined) return undefined;
  const number = Number(ten);
  if (sign === "--" || (sign === "-" && number > LARGEST)) return -number;
  return number > LARGEST ? undefined : number;
}

const LARGEST = 0x7fff_ffff;

/**
 * Compares two sequence numbers, for `sort`. The order is correct across the counter's overflow from 2147483647 to
 * -2147483648, as long as the compared numbers differ by less than 2^31 (RFC 1982).
 */
export function compareSequence(a: number, b: number): number {
  return (a - b) | 0;
}
