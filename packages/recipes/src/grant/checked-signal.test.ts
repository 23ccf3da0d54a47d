import { expect, it } from "vitest";
import { checkedSignal } from "./checked-signal.js";

const lost = new Error("lost");

/** Returns a checked signal that aborts in its next check once `isDue` is set, and counts the checks. */
function dueSignal() {
  const controller = new AbortController();
  const state = { isDue: false, checks: 0 };
  const signal = checkedSignal(controller, () => {
    state.checks++;
    if (state.isDue) controller.abort(lost);
  });
  return { signal, state };
}

it.each<[name: string, read: (signal: AbortSignal) => unknown, expected: unknown]>([
  ["aborted", (signal) => signal.aborted, true],
  ["reason", (signal) => signal.reason, lost],
  ["throwIfAborted", (signal) => catchFrom(() => signal.throwIfAborted()), lost],
])("a checked signal aborts when %s is read after the grant has ended", (_, read, expected) => {
  const { signal, state } = dueSignal();
  expect(signal.aborted).toBe(false);
  state.isDue = true;
  expect(read(signal)).toBe(expected);
});

it("a checked signal calls its listeners within the read that aborts it", () => {
  const { signal, state } = dueSignal();
  const reasons: unknown[] = [];
  signal.addEventListener("abort", () => reasons.push(signal.reason));
  state.isDue = true;
  void signal.aborted;
  expect(reasons).toEqual([lost]);
});

it("a checked signal runs no check once it has aborted, nor within a check", () => {
  const { signal, state } = dueSignal();
  state.isDue = true;
  signal.addEventListener("abort", () => void signal.aborted);
  void signal.aborted;
  void signal.aborted;
  expect(state.checks).toBe(1);
});

it("a signal derived from a checked one aborts with it, but runs no check when it is read", () => {
  const { signal, state } = dueSignal();
  const composed = AbortSignal.any([signal]);
  state.isDue = true;
  expect([composed.aborted, signal.aborted, composed.aborted]).toEqual([false, true, true]);
  expect(composed.reason).toBe(lost);
});

function catchFrom(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
