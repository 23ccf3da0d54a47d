import { expect, it } from "vitest";
import { backoffDelayMs } from "./backoff.js";
import { seededRandom } from "./random.js";

const settings = { initialMs: 100, maxMs: 5_000 };

it("the delay doubles with each failure up to the longest delay", () => {
  const never = { ...seededRandom(1), float: () => 0 };
  const delays = [1, 2, 3, 6, 7, 40].map((failures) => backoffDelayMs(settings, failures, never));
  expect(delays).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});

it("the delay is shortened by a random part of up to one half", () => {
  const random = seededRandom(7);
  const delays = Array.from({ length: 200 }, () => backoffDelayMs(settings, 1, random));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThanOrEqual(100);
  expect(new Set(delays).size).toBeGreaterThan(100);
});
