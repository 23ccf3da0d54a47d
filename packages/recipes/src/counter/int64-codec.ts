import type { Codec } from "@conclave/client";

/** Codec of signed 64-bit numbers: eight bytes, big-endian, as in Curator's `DistributedAtomicLong`. */
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
