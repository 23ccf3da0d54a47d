import { shownLines } from "@conclave/runtime";

/** Around a number of 64 bits on its way into JSON; no path and no address can hold these characters. */
const MARK = "\uE000";

/**
 * JSON, indented; a bigint is written as a number, with all its digits. Characters that hide or turn others are escaped in
 * it: people read it, too.
 */
export function exactJson(value: unknown): string {
  const marked = JSON.stringify(value, (_key, field: unknown) => exact(field), 2);
  const exactly = marked.replace(new RegExp(`"${MARK}(-?\\d+)${MARK}"`, "g"), "$1");
  // Line by line: JSON's own line ends are no part of a text.
  return shownLines(exactly);
}

function exact(field: unknown): unknown {
  return typeof field === "bigint" ? `${MARK}${field}${MARK}` : field;
}
