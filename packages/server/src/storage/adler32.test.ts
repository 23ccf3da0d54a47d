import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { adler32 } from "./adler32.js";

/** The zlib format ends with the checksum of the uncompressed bytes. */
const byZlib = (bytes: Uint8Array): number => deflateSync(bytes).readUInt32BE(deflateSync(bytes).length - 4);

it("is 1 for nothing", () => {
  expect(adler32(new Uint8Array(0))).toBe(1);
});

it("agrees with zlib on any bytes", () => {
  const few = fc.uint8Array({ maxLength: 300 });
  const many = fc.uint8Array({ minLength: 1000, maxLength: 12_000, size: "max" });
  fc.assert(fc.property(fc.oneof(few, many), (bytes) => void expect(adler32(bytes)).toBe(byZlib(bytes))));
});

it("does not overflow where the sums are largest", () => {
  const bytes = new Uint8Array(1_000_003).fill(0xff);
  expect(adler32(bytes)).toBe(byZlib(bytes));
});

it("is the same when fed in pieces", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 12_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (bytes, cut) => {
        const at = Math.floor(bytes.length * cut);
        expect(adler32(bytes, at, bytes.length, adler32(bytes, 0, at))).toBe(adler32(bytes));
      },
    ),
  );
});
