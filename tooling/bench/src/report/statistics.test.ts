import { expect, it } from "vitest";
import { median, percentile, summarize } from "./statistics.ts";

it("the median is the middle of an odd or even number of values in any order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 2, 4, 8])).toBe(6);
  expect(median([])).toBeNaN();
});

it("median and percentile do not change the values", () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 0.5);
  expect(values).toEqual([3, 1, 2]);
});

it("a percentile is the smallest value that is at least as large as the share of all values", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 0.5)).toBe(100);
  expect(percentile(values, 0.99)).toBe(198);
  expect(percentile(values, 1)).toBe(200);
  expect(percentile([7], 0.01)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

it("the spread is the distance of the farthest value as a share of the median", () => {
  expect(summarize([90, 100, 130])).toEqual({ median: 100, spread: 0.3 });
  expect(summarize([5])).toEqual({ median: 5, spread: 0 });
});
