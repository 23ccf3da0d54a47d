import { expect, it } from "vitest";
import { callTable, costVerdict } from "./call-table.ts";
import { Figures } from "./figures.ts";

it("a target is reached or missed if the middle half of the rounds agrees, else unclear", () => {
  expect(costVerdict([1, 1, 2, 9], 2)).toBe("reached");
  expect(costVerdict([2.1, 3, 3, 1], 2)).toBe("unclear");
  expect(costVerdict([2.1, 2.1, 3, 4], 2)).toBe("missed");
});

it("the table shows the cost of a guard beyond the bare call, and has targets for leader checks only", () => {
  const figures = new Figures();
  figures.addCalls("nest", { bare: 0.25, "@LeaderOnly": 1, "@Locked": 300.25 });
  figures.addCalls("express", { bare: 1, "leaderOnly()": 4, "ownedBy()": 5 });
  expect(callTable(figures).rows).toEqual([
    ["NestJS, @LeaderOnly", "0.25", "1.00", "0.75", "0 %", "≤ 2", "✓"],
    ["NestJS, @Locked", "0.25", "300", "300", "0 %", "", ""],
    ["Express, leaderOnly()", "1.00", "4.00", "3.00", "0 %", "≤ 2", "✗"],
    ["Express, ownedBy()", "1.00", "5.00", "4.00", "0 %", "", ""],
  ]);
});
