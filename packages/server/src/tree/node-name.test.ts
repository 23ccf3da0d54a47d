import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeName, encodeName, isName } from "./node-name.js";

/** Any UTF-16, halves of surrogate pairs too. */
const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

it("a name comes back as it was, and is known", () => {
  fc.assert(
    fc.property(text, text, (before, name) => {
      const bytes = new Uint8Array(3 * name.length + 1);
      const length = encodeName(before + name, before.length, bytes);
      expect(decodeName(bytes, 0, length)).toBe(name);
      expect(isName(bytes, 0, length, before + name, before.length, before.length + name.length)).toBe(true);
    }),
  );
});

it("a name is no other, and no part of one", () => {
  fc.assert(
    fc.property(text, text, (name, other) => {
      const bytes = new Uint8Array(3 * name.length + 1);
      const length = encodeName(name, 0, bytes);
      for (const each of [other, `${name}x`, name + other, name.slice(1)]) {
        expect(isName(bytes, 0, length, each, 0, each.length)).toBe(each === name);
      }
    }),
  );
});

it("a name is its UTF-8, as long as that is possible", () => {
  const bytes = new Uint8Array(100);
  const length = encodeName("/ä€z", 1, bytes);
  expect(bytes.subarray(0, length)).toEqual(new TextEncoder().encode("ä€z"));

  const borders = "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff";
  const encoded = bytes.subarray(0, encodeName(borders, 0, bytes));
  expect(encoded).toEqual(new TextEncoder().encode(borders));
  expect(decodeName(bytes, 0, encoded.length)).toBe(borders);
  expect(isName(bytes, 0, encoded.length, borders, 0, borders.length)).toBe(true);
});
