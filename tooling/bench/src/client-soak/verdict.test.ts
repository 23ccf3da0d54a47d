import { expect, it } from "vitest";
import type { Sample } from "./sample.ts";
import { judge } from "./verdict.ts";

const samples = (heap: (index: number) => number, more: (index: number) => Partial<Sample> = () => ({})): Sample[] =>
  Array.from({ length: 20 }, (_, index) => ({
    atMs: index * 1000,
    heapBytes: heap(index),
    resources: { Timeout: 2, TCPSocketWrap: 1 },
    endings: { done: index, "not-applied": 0, unknown: 0, rejected: 0 },
    watches: { changes: 0, sessionsEnded: 0 },
    reconnects: index,
    expiries: index,
    ...more(index),
  }));

it("a soak passes if the heap is flat after the warm-up", () => {
  const { problems, heapBefore, growth } = judge(
    samples((index) => (index < 5 ? 9_000 : 1_000 + (index % 3))),
    5_000,
  );
  expect(problems).toEqual([]);
  expect(heapBefore).toBe(1_001);
  expect(Math.abs(growth)).toBeLessThan(0.01);
});

it("a soak fails if the heap grows or shrinks by more than five per cent", () => {
  expect(
    judge(
      samples((index) => 1_000 + index * 10),
      0,
    ).problems[0],
  ).toMatch(/not flat: 13\.\d %/);
  expect(
    judge(
      samples((index) => 1_000 - index * 10),
      0,
    ).problems[0],
  ).toMatch(/not flat: -\d+/);
});

it("one outlier among the samples does not fail a soak", () => {
  expect(
    judge(
      samples((index) => (index === 18 ? 5_000 : 1_000)),
      0,
    ).problems,
  ).toEqual([]);
});

it("a soak fails with the name of a resource that piles up", () => {
  const piling = samples(
    () => 1_000,
    (index) => ({ resources: { Timeout: 1 + index, TCPSocketWrap: 1 + (index % 2) } }),
  );
  expect(judge(piling, 0).problems).toEqual(["Timeout pile up: at most 6 in the first third, at least 15 in the last"]);
});

it("a soak fails if there was no fault, or if it was too short", () => {
  const quiet = samples(
    () => 1_000,
    () => ({ reconnects: 0, expiries: 0 }),
  );
  expect(judge(quiet, 0).problems).toHaveLength(2);
  expect(judge(quiet, 15_000).problems[0]).toContain("only 5 samples");
});
