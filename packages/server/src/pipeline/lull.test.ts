import { expect, it } from "vitest";
import { Lull } from "./lull.js";

const MIB = 1024 * 1024;

it("begins when little comes after much did, once", () => {
  const lull = new Lull();
  const asked = [0, 3 * MIB, 6 * MIB, 6 * MIB + 16, 6 * MIB + 32, 6 * MIB + 48];
  expect(asked.map((bytes) => lull.begins(bytes))).toEqual([false, false, false, true, false, false]);
});

it("does not begin where little ever came, but for what came together", () => {
  const lull = new Lull();
  const turns = Array.from({ length: 1000 }, (_, index) => index + 1);
  expect(turns.filter((turn) => lull.begins(turn * 10_000))).toEqual([420, 840]);
});
