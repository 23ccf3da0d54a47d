import { ZkError } from "@conclave/client";
import { expect, it } from "vitest";
import { HistoryRecorder } from "./history.js";

it("numbers calls and returns in their order", async () => {
  const recorder = new HistoryRecorder<string, number>();
  let answer = (_: number): void => {};
  const slow = recorder.record("a", "slow", () => new Promise((resolve) => (answer = resolve)));
  await recorder.record("b", "quick", async () => 1);
  answer(2);
  expect(await slow).toBe(2);
  expect(recorder.operations).toEqual([
    { by: "a", input: "slow", calledAt: 1, returnedAt: 4, output: 2 },
    { by: "b", input: "quick", calledAt: 2, returnedAt: 3, output: 1 },
  ]);
});

it("removes operations that were not applied, and keeps those that may have been", async () => {
  const recorder = new HistoryRecorder<string, number>();
  for (const outcome of ["not-applied", "rejected", "unknown"] as const) {
    const failed = recorder.record("a", outcome, () =>
      Promise.reject(new ZkError("CONNECTION_LOSS", "lost", { outcome })),
    );
    expect(await failed).toBe(undefined);
  }
  await recorder.record("a", "some other error", () => Promise.reject(new Error("what?")));
  recorder.mayHappen("a", "a loss");
  const left = recorder.operations.map(({ input, returnedAt }) => [input, returnedAt]);
  expect(left).toEqual([
    ["unknown", undefined],
    ["some other error", undefined],
    ["a loss", undefined],
  ]);
});
