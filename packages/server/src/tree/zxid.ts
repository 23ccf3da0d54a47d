/*
 * A zxid has 64 bits: the epoch of the leader that proposed the record, then a counter. The records of an epoch have the
 * counters 1, 2, 3, …
 */

/** Greatest epoch: a greater one would make zxids negative, and Apache compares them as signed numbers. */
export const LARGEST_EPOCH = 0x7fff_ffff;
/** Greatest value of the 32 bits of a counter. No record has it, see ZOOKEEPER-1277. */
export const LARGEST_COUNTER = 0xffff_ffff;

const COUNTER_BITS = 32n;
const COUNTER_MASK = 0xffff_ffffn;

/** Returns the epoch in a zxid. */
export function epochOf(zxid: bigint): number {
  return Number(BigInt.asUintN(32, zxid >> COUNTER_BITS));
}

/** Returns the counter in a zxid. */
export function counterOf(zxid: bigint): number {
  return Number(zxid & COUNTER_MASK);
}

/** Returns the zxid of a record, or with counter 0 the zxid that names the epoch itself, as in NEWLEADER. */
export function zxidOf(epoch: number, counter = 0): bigint {
  return (BigInt(epoch) << COUNTER_BITS) | BigInt(counter);
}

/**
 * Returns true if no record can be missing between `previous` and `zxid`: the next counter of the same epoch, or the start of
 * a later epoch.
 */
export function follows(zxid: bigint, previous: bigint): boolean {
  // After the last counter of an epoch this is counter 0 of the next one.
  if (zxid === previous + 1n) return true;
  if (zxid <= previous) return false;
  return epochOf(zxid) !== epochOf(previous) && counterOf(zxid) <= 1;
}

/** Returns a zxid as Apache's logs show it. */
export function formatZxid(zxid: bigint): string {
  return `0x${BigInt.asUintN(64, zxid).toString(16)}`;
}
