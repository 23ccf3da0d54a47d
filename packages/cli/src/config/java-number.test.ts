import { describe, expect, it } from "vitest";
import { decodeJavaNumber, parseJavaNumber } from "./java-number.js";

/** Each of these was given to Java 17's Integer.decode and Integer.parseInt; `undefined`: NumberFormatException. */
const asJavaReads: [text: string, decoded: number | undefined, parsed: number | undefined][] = [
  ["0", 0, 0],
  ["10", 10, 10],
  ["+10", 10, 10],
  ["-10", -10, -10],
  ["0x400000", 0x400000, undefined],
  ["0X10", 16, undefined],
  ["#ff", 255, undefined],
  ["-0x10", -16, undefined],
  ["+#10", 16, undefined],
  ["010", 8, 10],
  ["-010", -8, -10],
  ["00", 0, 0],
  ["08", undefined, 8],
  ["0x", undefined, undefined],
  ["#", undefined, undefined],
  ["0x-1", undefined, undefined],
  ["-", undefined, undefined],
  ["", undefined, undefined],
  [" 1", undefined, undefined],
  ["1 ", undefined, undefined],
  ["1_000", undefined, undefined],
  ["1L", undefined, undefined],
  ["0b1", undefined, undefined],
  ["1e3", undefined, undefined],
  ["--1", undefined, undefined],
];

describe("a number in a text", () => {
  it.each(asJavaReads)("%j is read as by Integer.decode and Integer.parseInt", (text, decoded, parsed) => {
    expect(decodeJavaNumber(text)).toBe(decoded === 0 ? 0 : (decoded ?? Number.NaN));
    expect(parseJavaNumber(text)).toBe(parsed ?? Number.NaN);
  });
});
