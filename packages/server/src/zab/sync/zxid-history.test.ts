import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zxidOf } from "../../tree/zxid.js";
import { ZxidHistory } from "./zxid-history.js";

const anyHistory = fc
  .array(fc.nat(4), { maxLength: 5 })
  .map((lengths) => lengths.flatMap((length, epoch) => Array.from({ length }, (_, i) => zxidOf(epoch + 1, i + 1))));

describe("the history of zxids", () => {
  it("answers as a list of all of its zxids would, whatever was trimmed", () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(20), (all, cut) => {
        const history = new ZxidHistory(0n, all);
        const base = all[cut - 1] ?? 0n;
        history.trim(base);
        const held = [base, ...all.filter((each) => each > base)];
        expect([history.base, history.last]).toEqual([base, held.at(-1)]);
        for (const zxid of [0n, ...all].flatMap((each) => [each - 1n, each, each + 1n])) {
          expect(history.floor(zxid)).toBe(held.findLast((each) => each <= zxid));
          expect(history.next(zxid)).toBe(zxid < base ? undefined : held.find((each) => each > zxid));
        }
      }),
    );
  });

  it.each([
    ["a counter is left out", zxidOf(1, 3)],
    ["it is the last one again", zxidOf(1, 1)],
    ["it is of an earlier epoch", zxidOf(0, 9)],
    ["a later epoch does not start with its first counter", zxidOf(2, 2)],
  ])("refuses a record if %s", (_, zxid) => {
    const history = new ZxidHistory(0n, [zxidOf(1, 1)]);
    expect(() => history.append(zxid)).toThrow(RangeError);
    expect(() => history.append(zxid)).toThrow("does not follow 0x100000001");
    expect(history.last).toBe(zxidOf(1, 1));
  });

  it("keeps its records if the new base is not one of them", () => {
    const history = new ZxidHistory(0n, [zxidOf(1, 1), zxidOf(3, 1)]);
    history.trim(zxidOf(2, 1));
    history.trim(zxidOf(3, 2));
    expect(history.base).toBe(0n);
    expect(history.next(0n)).toBe(zxidOf(1, 1));
  });

  it("and its copy change independently", () => {
    const history = new ZxidHistory(zxidOf(1, 1), [zxidOf(1, 2), zxidOf(2, 1)]);
    const copy = history.copy();
    copy.append(zxidOf(2, 2));
    history.trim(zxidOf(1, 2));
    expect([history.base, history.last]).toEqual([zxidOf(1, 2), zxidOf(2, 1)]);
    expect([copy.base, copy.last, copy.floor(zxidOf(1, 9))]).toEqual([zxidOf(1, 1), zxidOf(2, 2), zxidOf(1, 2)]);
  });
});
