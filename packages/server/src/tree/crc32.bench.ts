import { crc32 as zlibCrc32 } from "node:zlib";
import { test } from "vitest";
import { CRC32_START, crc32Bytes, crc32Of } from "./crc32.js";

/** Checksums in one run of a function below: a latency of 0.1 ms is 100 ns for each. */
const BATCH = 1000;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let state = byte;
  for (let bit = 0; bit < 8; bit++) state = (state & 1) === 0 ? state >>> 1 : (state >>> 1) ^ 0xedb88320;
  return state;
});

function byteByByte(bytes: Uint8Array): number {
  let state = CRC32_START;
  for (let at = 0; at < bytes.length; at++) state = table[(state ^ bytes[at]!) & 0xff]! ^ (state >>> 8);
  return ~state;
}

// 68 bytes are the stat of a znode.
test.for([68, 100, 1024])("1000 x the checksum of %i bytes", async (length, { bench }) => {
  const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
  const batch = (checksum: (bytes: Uint8Array) => number) => () => {
    let sum = 0;
    for (let i = 0; i < BATCH; i++) sum ^= checksum(bytes);
    return sum;
  };
  const crc = crc32Bytes;
  await bench.compare(
    bench(
      "eight bytes a turn",
      batch(() => crc(CRC32_START, bytes, 0, length)),
    ),
    bench("one byte a turn", batch(byteByByte)),
    bench("node:zlib", batch(zlibCrc32)),
    { time: 300 },
  );
  if (crc32Of(crc(CRC32_START, bytes, 0, length)) !== byteByByte(bytes)) throw new Error("the checksums differ");
});
