import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Summary } from "./summary.js";

describe("a summary", () => {
  it("is all zeros while there is nothing, and again after a reset", () => {
    const summary = new Summary();
    const shown = () => [summary.count, summary.sum, summary.min, summary.average, summary.max, summary.quantile(0.99)];
    expect(shown()).toEqual([0, 0, 0, 0, 0, 0]);
    summary.observe(7);
    summary.reset();
    expect(shown()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("counts whole numbers, and rounds the average to four decimals", () => {
    const summary = new Summary();
    for (const value of [0.4, 1, 2.9]) summary.observe(value);
    expect([summary.count, summary.sum, summary.min, summary.average, summary.max]).toEqual([3, 3, 0, 1, 2]);
    for (let i = 0; i < 8; i++) summary.observe(0);
    expect(summary.average).toBe(0.2727);
  });

  it("keeps zeros apart from ones, and forgets all values at a reset", () => {
    const summary = new Summary();
    for (const value of [0, 0, 5]) summary.observe(value);
    expect([summary.quantile(0.5), summary.quantile(1)]).toEqual([0, 5]);
    summary.reset();
    for (const value of [0, 1, 1]) summary.observe(value);
    expect([summary.quantile(0.3), summary.quantile(1)]).toEqual([0, 1]);
    summary.reset();
    for (const value of [1, 1000]) summary.observe(value);
    expect(summary.quantile(1)).toBe(1000);
  });

  it("gives a quantile of values beyond its last bucket that is within their range", () => {
    const summary = new Summary();
    for (const value of [2 ** 30, 2 ** 31]) summary.observe(value);
    expect(summary.quantile(0.1)).toBe(2 ** 30);
    expect(summary.quantile(1)).toBeLessThanOrEqual(2 ** 31);
  });

  it("gives a quantile within a fifth of the exact value, and within the observed range", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 0.99, 1),
        (values, share) => {
          const summary = new Summary();
          for (const value of values) summary.observe(value);
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
          const shown = summary.quantile(share);
          expect(Math.abs(shown - exact)).toBeLessThanOrEqual(Math.max(1, exact * 0.2));
          expect(shown).toBeGreaterThanOrEqual(summary.min);
          expect(shown).toBeLessThanOrEqual(summary.max);
        },
      ),
    );
  });
});
