import { expect, it } from "vitest";
import { Lull } from "./lull.js";

const MIB = 1024 * 1024;

function turnsOf(received: readonly number[]): number[] {
  const lull = new Lull();
  let all = 0;
  return received.flatMap((bytes, turn) => {
    all += bytes;
    return lull.begins(all) ? [turn] : [];
  });
}

it("begins when little has come for three turns after much did, once", () => {
  expect(turnsOf([0, 0, 0, 0, 3 * MIB, 3 * MIB, 16, 16, 16, 16, 16, 16])).toEqual([8]);
});

it("does not begin in a short pause, or after little", () => {
  expect(turnsOf([6 * MIB, 0, 0, 6 * MIB, 0, 0, MIB, 0, 0])).toEqual([]);
  expect(turnsOf([3 * MIB, 0, 0, 0, 0])).toEqual([]);
});

it("begins, too, where what is little each time comes together to much", () => {
  expect(turnsOf(new Array(1000).fill(10_000))).toEqual([419, 839]);
});
