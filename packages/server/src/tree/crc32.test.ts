import { crc32 } from "node:zlib";
import { randomInt, seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { CRC32_START, crc32Bytes, crc32Of, crc32Text } from "./crc32.js";

const checksum = (bytes: Uint8Array): number => crc32Of(crc32Bytes(CRC32_START, bytes, 0, bytes.length)) >>> 0;

it("is zlib's, at every length", () => {
  const random = seededRandom(1);
  const bytes = Uint8Array.from({ length: 100 }, () => randomInt(random, 256));
  for (let length = 0; length <= bytes.length; length++) {
    expect(checksum(bytes.subarray(0, length))).toBe(crc32(bytes.subarray(0, length)));
  }
});

it("takes a part, and goes on with another", () => {
  const bytes = Buffer.from("0123456789abcdef0123456789abcdef");
  const state = crc32Bytes(CRC32_START, bytes, 3, 17);
  expect(crc32Of(crc32Bytes(state, bytes, 20, 23)) >>> 0).toBe(crc32("3456789abcdef0" + "456"));
});

it("takes a text as its UTF-8 bytes", () => {
  const borders = ["\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff"];
  for (const text of ["", "/zoo", "/zoo/é中\uff01", ...borders, borders.join("/")]) {
    expect(crc32Of(crc32Text(CRC32_START, text)) >>> 0).toBe(crc32(text));
  }
});
