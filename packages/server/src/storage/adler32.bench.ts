import { test } from "vitest";
import { adler32 } from "./adler32.js";

function byteByByte(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    for (const stop = Math.min(at + 3800, bytes.length); at < stop; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

// A record of the log, and a piece of a snapshot: MB/s are the bytes divided by the latency.
test.for([200, 1024, 64 * 1024])("the checksum of %i bytes, 64 KiB in all", async (length, { bench }) => {
  const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
  const whole = (checksum: (bytes: Uint8Array) => number) => () => {
    let sum = 0;
    for (let done = 0; done < 64 * 1024; done += length) sum ^= checksum(bytes);
    return sum;
  };
  const fast = adler32;
  await bench.compare(bench("adler32", whole(fast)), bench("one byte a turn", whole(byteByByte)), { time: 300 });
  if (fast(bytes) !== byteByByte(bytes)) throw new Error("the checksums differ");
});
