import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptBytes } from "./kept-bytes.js";

describe("bytes that are kept", () => {
  it("stay what they were, whatever is kept after them and becomes of the input", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 60 }), (values) => {
        const inputs = values.map((value) => Uint8Array.from(value));
        const kept = inputs.map(keptBytes);
        for (const input of inputs) input.fill(0xee);
        for (const [index, value] of values.entries()) expect(kept[index]).toEqual(value);
      }),
    );
  });

  it("hold little memory alive, however small they are", () => {
    for (let length = 1; length <= 512; length++) {
      const { buffer } = keptBytes(new Uint8Array(length));
      expect(buffer.byteLength).toBeLessThanOrEqual(2048);
    }
  });

  it("share memory, of which none is left over", () => {
    const most = (length: number): number => {
      const counts = new Map<ArrayBufferLike, number>();
      for (let count = 0; count < 24; count++) {
        const { buffer } = keptBytes(new Uint8Array(length));
        counts.set(buffer, (counts.get(buffer) ?? 0) + 1);
      }
      return Math.max(...counts.values());
    };
    // The first ones may end a block that others have begun.
    expect(most(16)).toBeGreaterThanOrEqual(12);
    expect(most(256)).toBe(8);
  });

  it("have memory of their own where they are large", () => {
    for (const length of [257, 3000, 100_000]) {
      expect(keptBytes(new Uint8Array(length)).buffer.byteLength).toBe(length);
    }
  });

  it("hold no memory alive where they are empty", () => {
    expect(keptBytes(new Uint8Array(0)).buffer.byteLength).toBe(0);
  });
});
