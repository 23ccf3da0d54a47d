import { expect, it } from "vitest";
import { compareRounds } from "./verdict.ts";

it("a comparison is unclear if the rounds are too close, and ignores one outlier", () => {
  expect(compareRounds([10, 11, 12, 13, 14], [11, 12, 13, 14, 15], 1)).toBe("unclear");
  expect(compareRounds([10, 10, 10, 10, 90], [20, 20, 20, 20, 20], 1)).toBe("reached");
  expect(compareRounds([10, 10, 10, 10, 10], [50, 50, 50, 50, 500], 6)).toBe("missed");
});
