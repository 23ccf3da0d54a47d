/** Around a number of 64 bits on its way into JSON; no path and no address can hold these characters. */
const MARK = "\uE000";

/** JSON, indented; a bigint is written as a number, with all its digits. */
export function exactJson(value: unknown): string {
  const marked = JSON.stringify(value, (_key, field: unknown) => exact(field), 2);
  return marked.replace(new RegExp(`"${MARK}(-?\\d+)${MARK}"`, "g"), "$1");
}

function exact(field: unknown): unknown {
  return typeof field === "bigint" ? `${MARK}${field}${MARK}` : field;
}
