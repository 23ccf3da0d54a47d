import { showBytes } from "./show-bytes.ts";

/*
 * The types of ZooKeeper's wire format, implemented independently of @conclave/protocol: an error in code that the server shares
 * with the test would not be found.
 */

/** A value to send: its bytes, and their text in a recording. */
export interface Field {
  readonly bytes: Uint8Array;
  readonly shown: string;
}

export const int = (value: number, shown = String(value)): Field => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return { bytes, shown };
};

export const long = (value: bigint, shown = String(value)): Field => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return { bytes, shown };
};

export const flag = (value: boolean): Field => ({ bytes: Uint8Array.of(value ? 1 : 0), shown: String(value) });

/** A buffer, or a string: both are a length and bytes. `null` is the length -1. */
export const data = (value: string | Uint8Array | null, shown?: string): Field => {
  if (value === null) return int(-1, "null");
  const bytes = Buffer.from(value);
  return { bytes: Buffer.concat([int(bytes.length).bytes, bytes]), shown: shown ?? showBytes(bytes) };
};

/** Bytes from hexadecimal digits, for malformed values. */
export const raw = (hex: string): Field => ({ bytes: Buffer.from(hex, "hex"), shown: `x"${hex}"` });

/** Joins consecutive fields. */
export const row = (...fields: readonly Field[]): Field => ({
  bytes: Buffer.concat(fields.map(({ bytes }) => bytes)),
  shown: fields.map(({ shown }) => shown).join(" "),
});

/** A vector: a count and the items. `null` is the count -1. */
export const vector = (items: readonly Field[] | null): Field => {
  if (items === null) return int(-1, "null");
  const { bytes, shown } = row(...items.map((item) => ({ ...item, shown: `(${item.shown})` })));
  return { bytes: Buffer.concat([int(items.length).bytes, bytes]), shown: `[${shown}]` };
};
