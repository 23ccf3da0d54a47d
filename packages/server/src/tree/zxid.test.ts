import { describe, expect, it } from "vitest";
import { counterOf, epochOf, follows, formatZxid, LARGEST_COUNTER, LARGEST_EPOCH, zxidOf } from "./zxid.js";

describe("a zxid", () => {
  it.each([
    [0, 0, 0n, "0x0"],
    [1, 0, 0x1_0000_0000n, "0x100000000"],
    [7, 15, 0x7_0000_000fn, "0x70000000f"],
    [LARGEST_EPOCH, LARGEST_COUNTER, 0x7fff_ffff_ffff_ffffn, "0x7fffffffffffffff"],
  ])("of epoch %i and counter %i has both, and is shown in hexadecimal", (epoch, counter, zxid, text) => {
    expect([zxidOf(epoch, counter), epochOf(zxid), counterOf(zxid), formatZxid(zxid)]).toEqual([
      ...[zxid, epoch, counter, text],
    ]);
  });

  it("names the epoch itself without a counter, and is shown without a sign", () => {
    expect([zxidOf(3), formatZxid(-1n), epochOf(-1n)]).toEqual([0x3_0000_0000n, "0xffffffffffffffff", 0xffff_ffff]);
  });

  it.each([
    [1, 4, 1, 3, true],
    [1, 5, 1, 3, false],
    [1, 3, 1, 3, false],
    [1, 2, 1, 3, false],
    [2, 0, 1, 3, true],
    [2, 1, 1, 3, true],
    [2, 2, 1, 3, false],
    [2, 4, 1, 3, false],
    [1, 4, 2, 3, false],
  ])("%i:%i follows %i:%i without a record between them: %s", (epoch, counter, before, last, does) => {
    expect(follows(zxidOf(epoch, counter), zxidOf(before, last))).toBe(does);
  });
});
