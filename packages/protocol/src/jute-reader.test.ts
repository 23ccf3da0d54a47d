import { describe, expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { fromHex } from "./golden/hex.js";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";

const reader = (hex: string) => new JuteReader(fromHex(hex));

function readString(bytes: Uint8Array): string {
  const out = new JuteWriter();
  out.writeBuffer(bytes);
  return new JuteReader(out.peek()).readString();
}

describe("a string", () => {
  const strings = tables.read.map(([hex, text]) => ({ hex, bytes: fromHex(hex!), text }));

  test("equals the string that Java reads from the same bytes, valid or invalid", () => {
    expect(strings.length).toBeGreaterThan(300);
    expect(strings.filter(({ bytes, text }) => readString(bytes) !== text)).toStrictEqual([]);
  });

  test("equals the string that Java reads if it is long", () => {
    const isOther = ({ bytes, text }: (typeof strings)[number]) => {
      const long = new Uint8Array(100 + bytes.length).fill(0x61);
      long.set(bytes, 100);
      return readString(long) !== "a".repeat(100) + text;
    };
    expect(strings.filter(isOther)).toStrictEqual([]);
  });

  test("that is null is refused by readString and read by readNullableString", () => {
    expect(() => reader("ffffffff").readString()).toThrow(expect.objectContaining({ reason: "malformed" }));
    expect(reader("ffffffff").readNullableString()).toBeNull();
  });
});

describe("numbers", () => {
  test.each([
    ["7fffffff", 0x7fffffff],
    ["80000000", -0x80000000],
    ["ffffffff", -1],
  ])("the int %s is %i", (hex, value) => {
    expect(reader(hex).readInt()).toBe(value);
  });

  test.each([
    ["7fffffffffffffff", 2n ** 63n - 1n],
    ["8000000000000000", -(2n ** 63n)],
    ["ffffffffffffffff", -1n],
    ["00000000ffffffff", 0xffffffffn],
    ["ffffffff00000000", -0x100000000n],
  ])("the long %s is exact", (hex, value) => {
    expect(reader(hex).readLong()).toBe(value);
  });

  test.each([
    ["001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["ffe0000000000001", Number.MIN_SAFE_INTEGER],
    ["ffffffffffffffff", -1],
    ["000001a2038489b7", 0x1a2038489b7],
  ])("the time %s is exact", (hex, value) => {
    expect(reader(hex).readMillis()).toBe(value);
  });

  test.each(["0020000000000000", "ffe0000000000000", "7fffffffffffffff", "8000000000000000"])(
    "the time %s, which a number cannot hold, is refused",
    (hex) => {
      expect(() => reader(hex).readMillis()).toThrow(expect.objectContaining({ reason: "malformed" }));
    },
  );

  test("any byte but zero is true", () => {
    const input = reader("0001ff");
    expect([input.readBool(), input.readBool(), input.readBool()]).toStrictEqual([false, true, true]);
  });
});

describe("a buffer", () => {
  test("is a view of the input", () => {
    const bytes = fromHex("00000002abcd");
    const view = new JuteReader(bytes).readBuffer()!;
    expect(view.buffer).toBe(bytes.buffer);
    expect(view).toStrictEqual(fromHex("abcd"));
  });

  test("is null or empty as it was sent", () => {
    expect(reader("ffffffff").readBuffer()).toBeNull();
    expect(reader("00000000").readBuffer()).toHaveLength(0);
  });
});

describe("bounds", () => {
  test("nothing is read beyond the given end of the array", () => {
    const input = new JuteReader(fromHex("0000000000000000"), 2, 5);
    expect(() => input.readInt()).toThrow(expect.objectContaining({ reason: "truncated" }));
    expect([input.position, input.remaining]).toStrictEqual([2, 3]);
  });

  test("a reader can be reset to the next frame", () => {
    const input = reader("00");
    input.readByte();
    input.reset(fromHex("ffff00000007"), 2);
    expect([input.readInt(), input.remaining, input.position]).toStrictEqual([7, 0, 6]);
  });

  test.each([
    ["a negative string", "fffffffe", (input: JuteReader) => input.readString(), "malformed"],
    ["a negative buffer", "80000000", (input: JuteReader) => input.readBuffer(), "malformed"],
    ["a negative vector", "fffffffe", (input: JuteReader) => input.readVectorLength(4), "malformed"],
    ["a string beyond the end", "7fffffff61", (input: JuteReader) => input.readString(), "truncated"],
    ["a vector beyond the end", "0000000200000000", (input: JuteReader) => input.readVectorLength(4), "truncated"],
  ])("%s is refused", (_, hex, read, reason) => {
    expect(() => read(reader(hex))).toThrow(expect.objectContaining({ name: "ProtocolError", reason }));
  });
});

test("a forked reader starts at the position of the first and advances on its own", () => {
  const first = reader("00000001000000020000000300000004");
  first.reset(fromHex("00000001000000020000000300000004"), 0, 12).readInt();
  const second = first.fork();
  expect([second.readInt(), second.readInt(), second.remaining]).toEqual([2, 3, 0]);
  expect([first.readInt(), first.remaining]).toEqual([2, 4]);
});
