import { expect, it } from "vitest";
import { LastZxid } from "./last-zxid.js";

const noted = (...zxids: bigint[]): bigint => {
  const last = new LastZxid();
  for (const zxid of zxids) last.note(Number(BigInt.asIntN(32, zxid >> 32n)), Number(BigInt.asIntN(32, zxid)));
  return last.value;
};

it("the last seen zxid is exact beyond 53 bits", () => {
  expect(noted(0x7fff_ffff_ffff_fffdn)).toBe(0x7fff_ffff_ffff_fffdn);
});

it("the last seen zxid compares its counter as unsigned", () => {
  expect(noted(0x1_7fff_ffffn, 0x1_8000_0000n)).toBe(0x1_8000_0000n);
});

it("the last seen zxid never decreases", () => {
  expect(noted(0x2_0000_0001n, 0x1_ffff_ffffn, 0x2_0000_0000n)).toBe(0x2_0000_0001n);
});

it("the last seen zxid increases with the epoch, although its counter starts again", () => {
  expect(noted(0x1_0000_0005n, 0x2_0000_0001n)).toBe(0x2_0000_0001n);
});

it("the last seen zxid ignores replies without a zxid", () => {
  expect(noted(7n, -1n, 0n)).toBe(7n);
});

it("the last seen zxid starts from 0 with a new session", () => {
  const last = new LastZxid();
  last.note(1, 1);
  last.reset();
  expect(last.value).toBe(0n);
});
