import { expect, it } from "vitest";
import { DigestSum } from "./digest-sum.js";

it("counts digests as unsigned, and beyond 32 bits", () => {
  const sum = new DigestSum();
  sum.add(-1);
  expect(sum.value).toBe(0xffff_ffffn);
  sum.add(-1);
  sum.add(2);
  expect(sum.value).toBe(0x2_0000_0000n);
  sum.subtract(1);
  expect(sum.value).toBe(0x1_ffff_ffffn);
});

it("wraps around below zero, as a signed integer of 64 bits, and back", () => {
  const sum = new DigestSum();
  sum.subtract(1);
  expect(sum.value).toBe(-1n);
  sum.add(3);
  expect(sum.value).toBe(2n);
});

it("is zero when everything was subtracted", () => {
  const sum = new DigestSum();
  sum.add(5);
  sum.subtract(5);
  expect(sum.value).toBe(0n);
});

it("is copied with both halves, and the copy changes alone", () => {
  const sum = new DigestSum();
  for (const checksum of [-1, -1]) sum.add(checksum);
  const copy = sum.copy();
  copy.add(1);
  expect([sum.value, copy.value]).toEqual([0x1_ffff_fffen, 0x1_ffff_ffffn]);
  sum.become(copy);
  expect(sum.value).toBe(0x1_ffff_ffffn);
});
