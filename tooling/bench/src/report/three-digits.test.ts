import { expect, it } from "vitest";
import { percent, threeDigits } from "./three-digits.ts";

it("threeDigits shows three significant digits", () => {
  expect([1.234, 12.34, 123.4, 12_345.6].map(threeDigits)).toEqual(["1.23", "12.3", "123", "12,346"]);
});

it("percent shows a share in per cent", () => {
  expect([0.004, 0.27, 1.5].map(percent)).toEqual(["0 %", "27 %", "150 %"]);
});
