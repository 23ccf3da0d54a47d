import { expect, it } from "vitest";
import { copyOf, toBytes } from "./znode-bytes.js";

it("text becomes its UTF-8 bytes; bytes and null are passed on as they are", () => {
  const bytes = Uint8Array.of(1, 2);
  expect(toBytes("ü")).toEqual(Buffer.from([0xc3, 0xbc]));
  expect([toBytes(bytes), toBytes(null)]).toEqual([bytes, null]);
  expect(toBytes(bytes)).toBe(bytes);
});

it("copied bytes are not changed by what is read into the buffer later; null stays null", () => {
  const view = Uint8Array.of(1, 2);
  const copy = copyOf(view);
  view.fill(0);
  expect([copy, copyOf(null)]).toEqual([Buffer.from([1, 2]), null]);
});
