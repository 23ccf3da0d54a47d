import { crc32 } from "node:zlib";
import { randomInt, seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { CRC32_START, crc32Bytes, crc32Int, crc32Ints, crc32Of, crc32Text } from "./crc32.js";

const checksum = (bytes: Uint8Array): number => crc32Of(crc32Bytes(CRC32_START, bytes)) >>> 0;

it("is zlib's, at every length", () => {
  const random = seededRandom(1);
  const bytes = Uint8Array.from({ length: 100 }, () => randomInt(random, 256));
  for (let length = 0; length <= bytes.length; length++) {
    expect(checksum(bytes.subarray(0, length))).toBe(crc32(bytes.subarray(0, length)));
  }
});

it("takes integers with their highest byte first, alone and in pairs", () => {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(-2, 0);
  bytes.writeInt32BE(0x1234_5678, 4);
  bytes.writeInt32BE(-0x7fff_0001, 8);
  expect(crc32Of(crc32Int(crc32Ints(CRC32_START, -2, 0x1234_5678), -0x7fff_0001)) >>> 0).toBe(crc32(bytes));
});

it("takes a text as its UTF-8 bytes", () => {
  for (const text of ["", "/zoo", "/zoo/é中\uff01"]) {
    expect(crc32Of(crc32Text(CRC32_START, text)) >>> 0).toBe(crc32(text));
  }
});
