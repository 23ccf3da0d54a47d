import { expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

it("a sparkline draws the lowest value as the lowest bar and the highest value as the highest bar", () => {
  expect(sparkline([1, 8, 4.5])).toBe("▁█▅");
});

it("a sparkline of equal values is flat, and one without values is empty", () => {
  expect(sparkline([3, 3])).toBe("▁▁");
  expect(sparkline([])).toBe("");
});

it("a sparkline stays within the given bounds", () => {
  expect(sparkline([-5, 50, 500], 0, 100)).toBe("▁▅█");
});
