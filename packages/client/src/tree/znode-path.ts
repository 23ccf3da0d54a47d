import { invalidPathReason } from "@conclave/protocol";

/**
 * The path of a znode below `parent`: `joinPath("/a", "b", "c")` is "/a/b/c". Names may not contain a slash. Throws a
 * `TypeError` where the result is no path.
 */
export function joinPath(parent: string, ...names: readonly string[]): string {
  const path = names.reduce((path, name) => `${path === "/" ? "" : path}/${name}`, parent);
  const reason = names.some((name) => name.includes("/")) ? "a name contains a slash" : invalidPathReason(path);
  if (reason !== undefined) throw new TypeError(`"${path}" is not a path: ${reason}`);
  return path;
}

/**
 * The number that a server appended to a sequential name or path (Java's `%010d`); `undefined` where there is none. A counter
 * that went over 2147483647 goes on with negative numbers, whose sign is read as such behind a prefix that ends in "-", as
 * in "lock--2147483648"; behind another, one dash before ten digits is taken for the prefix' own.
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
 * The order of two sequence numbers, for `sort`: right over the counter's wrap from 2147483647 to -2147483648, as long as
 * the numbers that are compared lie less than 2^31 apart (RFC 1982).
 */
export function compareSequence(a: number, b: number): number {
  return (a - b) | 0;
}
