import { expect, it } from "vitest";
import { Figures } from "./figures.ts";

it("a cost is the difference to the bare call of the same round", () => {
  const figures = new Figures();
  figures.addCalls("nest", { bare: 1, "@LeaderOnly": 3 });
  figures.addCalls("express", { bare: 100, "leaderOnly()": 101 });
  figures.addCalls("nest", { bare: 10, "@LeaderOnly": 11 });
  expect(figures.costs("nest", "@LeaderOnly")).toEqual([2, 1]);
  expect(figures.costs("express", "leaderOnly()")).toEqual([1]);
});

it("a share compares a guarded queue with the bare queue of the same job duration, round by round", () => {
  const figures = new Figures();
  for (const [bare, guarded] of [
    [1_000, 500],
    [4_000, 1_000],
    [2_000, 800],
  ] as const) {
    figures.addQueue({ guard: "bare", workMs: 0 }, bare);
    figures.addQueue({ guard: "bare", workMs: 10 }, 1);
    figures.addQueue({ guard: "own key", workMs: 0 }, guarded);
  }
  expect(figures.queueShare({ guard: "own key", workMs: 0 })).toEqual({ median: 0.4, spread: expect.closeTo(0.375) });
  expect(figures.queue({ guard: "own key", workMs: 0 }).median).toBe(800);
});
