import { expect, it } from "vitest";
import { rotated } from "./rotated.ts";

it("rotated changes the order from round to round", () => {
  expect([0, 1, 2, 3].map((turns) => rotated(["a", "b", "c"], turns).join(""))).toEqual(["abc", "bca", "cab", "abc"]);
});
