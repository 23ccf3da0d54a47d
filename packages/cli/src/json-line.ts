import { shownText } from "@conclave/runtime";

/**
 * Returns one line of JSON: 64-bit integers as ZooKeeper's tools write them (`0x1f`), bytes in base64, control and format
 * characters by their numbers.
 */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return hex(each);
    return each instanceof Uint8Array ? Buffer.from(each).toString("base64") : each;
  });
  return shownText(json);
}

export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
