/** One line of JSON: 64-bit integers as ZooKeeper's tools write them (`0x1f`), bytes in base64. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return hex(each);
    return each instanceof Uint8Array ? Buffer.from(each).toString("base64") : each;
  });
}

export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
