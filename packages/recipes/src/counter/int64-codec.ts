import type { Codec } from "@conclave/client";

/** A signed 64-bit number in eight bytes, the highest first, as Curator's `DistributedAtomicLong` writes it. */
export const int64Codec: Codec<bigint> = Object.freeze({
  encode: (value: bigint) => {
    if (value !== BigInt.asIntN(64, value)) throw new RangeError(`${value} does not fit into 64 bits`);
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  },
  decode: (data: Buffer | null) => {
    if (data?.length !== 8) throw new Error(`a counter has eight bytes, not ${data?.length ?? 0}`);
    return data.readBigInt64BE();
  },
});
