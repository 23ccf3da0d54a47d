import { systemRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { backoffMs } from "./backoff.js";

const smallest = { ...systemRandom, float: () => 1 };
const largest = { ...systemRandom, float: () => 0 };

it("the backoff of recipes doubles from 50 to 100 ms after the first failure up to 5 to 10 s", () => {
  const range = (failures: number) => [backoffMs(failures, smallest), backoffMs(failures, largest)];
  expect([1, 2, 3, 50].map(range)).toEqual([
    [50, 100],
    [100, 200],
    [200, 400],
    [5_000, 10_000],
  ]);
});
