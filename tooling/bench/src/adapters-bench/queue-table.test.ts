import { expect, it } from "vitest";
import { Figures } from "./figures.ts";
import { FEW_KEYS, QUEUE_CELLS } from "./plan.ts";
import { mostPerSecond, queueTable } from "./queue-table.ts";

it("the largest possible throughput is one job at a time per key", () => {
  expect(mostPerSecond({ guard: "few keys, wait", workMs: 10 })).toBe(FEW_KEYS * 100);
  expect(mostPerSecond({ guard: "own key", workMs: 10 })).toBe(mostPerSecond({ guard: "bare", workMs: 10 }));
  expect(mostPerSecond({ guard: "own key", workMs: 0 })).toBeUndefined();
});

it("the table shows every guarded queue as a share of the bare queue of its group", () => {
  const figures = new Figures();
  for (const cell of QUEUE_CELLS) figures.addQueue(cell, cell.guard === "bare" ? 1_000 : 250);
  const rows = queueTable(figures).rows.filter((row) => row !== null);
  expect(rows.map((row) => row[4])).toEqual(QUEUE_CELLS.map(({ guard }) => (guard === "bare" ? "" : "25 %")));
});
