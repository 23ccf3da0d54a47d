/*
 * A 64-bit integer in two halves, for places that must not allocate a bigint. One scratch cell serves all: it is
 * filled and read within one call.
 */
const halves = new Int32Array(2);
const whole = new BigInt64Array(halves.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HIGH = LITTLE_ENDIAN ? 1 : 0;
const LOW = LITTLE_ENDIAN ? 0 : 1;

/** The signed 64-bit integer whose upper 32 bits are `high` and whose lower 32 bits are `low`. Exact. */
export function int64(high: number, low: number): bigint {
  halves[HIGH] = high;
  halves[LOW] = low;
  return whole[0]!;
}
