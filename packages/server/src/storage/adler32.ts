const MODULUS = 65521;
/** So many bytes can be summed before the second sum could leave 32 bits (zlib's NMAX); a multiple of 8. */
const RUN = 5552;

/**
 * The checksum of ZooKeeper's files (RFC 1950, java.util.zip.Adler32), fed in pieces. Continues from `checksum`, which
 * is 1 for a new one; returns the checksum so far as an unsigned 32-bit integer.
 */
export function adler32(bytes: Uint8Array, start = 0, end: number = bytes.length, checksum = 1): number {
  let a = checksum & 0xffff;
  let b = checksum >>> 16;
  let at = start;
  while (at < end) {
    const stop = Math.min(at + RUN, end);
    // Eight bytes a turn: the loop is the cost of a snapshot.
    for (const unrolled = stop - ((stop - at) & 7); at < unrolled; at += 8) {
      a += bytes[at]!;
      b += a;
      a += bytes[at + 1]!;
      b += a;
      a += bytes[at + 2]!;
      b += a;
      a += bytes[at + 3]!;
      b += a;
      a += bytes[at + 4]!;
      b += a;
      a += bytes[at + 5]!;
      b += a;
      a += bytes[at + 6]!;
      b += a;
      a += bytes[at + 7]!;
      b += a;
    }
    for (; at < stop; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= MODULUS;
    b %= MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
