/*
 * A 64-bit integer in two halves, for code that must not allocate a bigint. All calls share one scratch cell, which each
 * fills and reads at once.
 */
const halves = new Int32Array(2);
const whole = new BigInt64Array(halves.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HIGH = LITTLE_ENDIAN ? 1 : 0;
const LOW = LITTLE_ENDIAN ? 0 : 1;

/** Returns the signed 64-bit integer with the upper 32 bits `high` and the lower 32 bits `low`. Exact. */
export function int64(high: number, low: number): bigint {
  halves[HIGH] = high;
  halves[LOW] = low;
  return whole[0]!;
}
