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

test("a string does not depend on the bytes after it", () => {
  // An encoded surrogate follows.
  const bytes = fromHex("00000001ff" + "eda080");
  expect(new JuteReader(bytes).readString()).toBe("\ufffd");
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

  test("a byte is unsigned", () => {
    const input = reader("007fff");
    expect([input.readByte(), input.readByte(), input.readByte()]).toStrictEqual([0, 127, 255]);
  });

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

  test("bytes are skipped only if they equal all of the expected ones before the end", () => {
    const bytes = fromHex("ff01020304");
    const input = new JuteReader(bytes, 1, 4);
    expect([input.skipIf(fromHex("01020304")), input.skipIf(fromHex("0103")), input.position]).toStrictEqual([
      ...[false, false],
      1,
    ]);
    expect([input.skipIf(fromHex("010203")), input.position, input.remaining]).toStrictEqual([true, 4, 0]);
  });

  test("a reader can be reset to the next frame", () => {
    const input = reader("00");
    input.readByte();
    input.reset(fromHex("ffff00000007"), 2);
    expect([input.readInt(), input.remaining, input.position]).toStrictEqual([7, 0, 6]);
  });

  const string = (input: JuteReader) => input.readString();
  const buffer = (input: JuteReader) => input.readBuffer();
  const vector = (input: JuteReader) => input.readVectorLength(4);
  const millis = (input: JuteReader) => input.readMillis();

  test.each([
    ["a negative string", "fffffffe", string, "malformed", "a string of -2 bytes"],
    ["a null string", "ffffffff", string, "malformed", "a required string is null"],
    ["a negative buffer", "80000000", buffer, "malformed", "a buffer of -2147483648 bytes"],
    ["a negative vector", "fffffffe", vector, "malformed", "a vector of -2 items"],
    ["a string beyond the end", "7fffffff61", string, "truncated", "2147483647 bytes needed, 1 left"],
    ["a vector beyond the end", "0000000200000000", vector, "truncated", "a vector of 2 items in 4 bytes"],
    ["a time above 2^53", "0020000000000000", millis, "malformed", "a time of 9007199254740992 ms is out of range"],
  ])("%s is refused with its length", (_, hex, read, reason, message) => {
    const refusal = expect.objectContaining({
      name: "ProtocolError",
      reason,
      message: expect.stringContaining(message),
    });
    expect(() => read(reader(hex))).toThrow(refusal);
  });

  test.each([
    ["0000000200000000", 2],
    ["00000001000000", 1],
  ])("a vector in the bytes %s of exactly its smallest size is read", (hex, count) => {
    const itemBytes = (hex.length / 2 - 4) / count;
    expect(reader(hex).readVectorLength(itemBytes)).toBe(count);
  });
});

test("a forked reader starts at the position of the first and advances on its own", () => {
  const first = reader("00000001000000020000000300000004");
  first.reset(fromHex("00000001000000020000000300000004"), 0, 12).readInt();
  const second = first.fork();
  expect([second.readInt(), second.readInt(), second.remaining]).toEqual([2, 3, 0]);
  expect([first.readInt(), first.remaining]).toEqual([2, 4]);
});

test("the rest is a view of all bytes left, also if there are none", () => {
  const bytes = fromHex("0000000100000002ff");
  const input = new JuteReader(bytes, 0, 8);
  input.readInt();
  const rest = input.readRest();
  expect([rest.buffer, rest.byteOffset, rest.length, input.remaining]).toStrictEqual([bytes.buffer, 4, 4, 0]);
  expect(input.readRest()).toHaveLength(0);
});
