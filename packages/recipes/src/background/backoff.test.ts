import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { backoffMs } from "./backoff.js";

it("a backoff doubles from 100 ms to 10 s, and is at least half of that", () => {
  const chance = (float: number) => ({ ...seededRandom(1), float: () => float });
  expect([1, 2, 3, 7, 8, 1_000].map((failures) => backoffMs(failures, chance(0)))).toEqual([
    50, 100, 200, 3_200, 5_000, 5_000,
  ]);
  expect([1, 2, 1_000].map((failures) => backoffMs(failures, chance(0.5)))).toEqual([75, 150, 7_500]);
});
