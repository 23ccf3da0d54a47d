import { expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

it("draws the lowest value as the lowest bar and the highest as the highest", () => {
  expect(sparkline([1, 8, 4.5])).toBe("▁█▅");
});

it("draws values that are all the same, and none", () => {
  expect(sparkline([3, 3])).toBe("▁▁");
  expect(sparkline([])).toBe("");
});

it("stays within the bounds that it is given", () => {
  expect(sparkline([-5, 50, 500], 0, 100)).toBe("▁▅█");
});
