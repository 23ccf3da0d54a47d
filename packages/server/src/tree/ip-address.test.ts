import { describe, expect, it } from "vitest";
import { isInBlock, parseIpAddress, parseIpBlock } from "./ip-address.js";

describe("an address", () => {
  it.each([
    ["127.0.0.1", [127, 0, 0, 1]],
    ["+1.2.003.-0", [1, 2, 3, 0]],
    ["::ffff:10.1.2.3", [10, 1, 2, 3]],
    ["::FFFF:100.120.230.140", [100, 120, 230, 140]],
    ["1:2:3::5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 0, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["::1", [...new Array(15).fill(0), 1]],
    ["fe80::1:2", [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ])("is read from %s", (text, bytes) => {
    expect(parseIpAddress(text)).toEqual(Uint8Array.from(bytes));
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.",
    "1.2.3.-1",
    "1.2.3.0x10",
    "1.2.3.256",
    "1::ffff:1.2.3.4",
    "::ffff:1.2.3.4x",
    "1:2:3:4::5:6:7:8",
    "1:2:3:4::5:6:7:8::9",
    "1:2:3:4:5::6:7:8:9",
    "1.2.3.4.5",
    "a.b.c.d",
    "1::2::3",
    "1:2:3",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    "g::",
  ])("is not read from %j", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe("a block", () => {
  it.each([
    ["10.0.0.0/8", "10.255.1.1", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.0/9", "10.127.0.1", true],
    ["10.0.0.0/9", "10.128.0.1", false],
    ["0.0.0.0/0", "1.2.3.4", true],
    ["1.2.3.4", "1.2.3.4", true],
    ["1.2.3.4", "1.2.3.5", false],
    ["1.2.3.4", "9.2.3.4", false],
    ["1.2.0.0/16", "1.9.0.0", false],
    ["10.0.0.0/+8", "10.1.1.1", true],
    ["fe80::/10", "febf::1", true],
    ["fe80::/10", "fec0::1", false],
    ["0.0.0.0/0", "::1", false],
  ])("%s has %s: %s", (block, address, expected) => {
    expect(isInBlock(parseIpBlock(block)!, parseIpAddress(address)!)).toBe(expected);
  });

  it.each(["1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/1/2", "::/129", "x/8"])("is not read from %j", (text) => {
    expect(parseIpBlock(text)).toBeUndefined();
  });
});
