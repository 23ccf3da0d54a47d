import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { SessionClock } from "./session-clock.js";

const started = (timeoutMs: number) => {
  const clock = new TestClock();
  const deadlines: number[] = [];
  const unanswered: number[] = [];
  const sessionClock: SessionClock = new SessionClock(
    clock,
    () => {
      deadlines.push(clock.now());
      sessionClock.stop();
    },
    () => unanswered.at(-1) ?? -Infinity,
  );
  const startMs = clock.now();
  sessionClock.start(timeoutMs, startMs);
  return { clock, sessionClock, deadlines, unanswered, startMs };
};

it("the session clock fires when the timeout has passed since the last answered request was sent", () => {
  const { clock, sessionClock, deadlines, startMs } = started(9_000);
  clock.advance(5_000);
  sessionClock.prove(startMs + 3_000);
  clock.advance(6_999);
  expect(deadlines).toEqual([]);
  clock.advance(1);
  expect(deadlines).toEqual([startMs + 12_000]);
});

it("the session clock ignores an answer to an older request", () => {
  const { clock, sessionClock, deadlines, startMs } = started(9_000);
  sessionClock.prove(startMs + 500);
  sessionClock.prove(startMs + 100);
  clock.advance(9_499);
  expect(deadlines).toEqual([]);
});

it("the session clock fires once", () => {
  const { clock, deadlines } = started(1_000);
  clock.advance(60_000);
  expect(deadlines).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it("the session clock does not fire after it was stopped", () => {
  const { clock, sessionClock, deadlines } = started(1_000);
  sessionClock.stop();
  clock.advance(60_000);
  expect(deadlines).toEqual([]);
});

it("the session clock continues with the timeout of the server that resumed the session", () => {
  const { clock, sessionClock, deadlines, startMs } = started(1_000);
  clock.advance(900);
  sessionClock.start(4_000, startMs + 900);
  expect(clock.pending).toBe(1);
  clock.advance(3_999);
  expect(deadlines).toEqual([]);
  clock.advance(1);
  expect(deadlines).toHaveLength(1);
});

it("after a stall, the session clock waits one turn for an answer that can still keep the session", () => {
  const { clock, sessionClock, deadlines, unanswered, startMs } = started(1_000);
  unanswered.push(startMs + 900);
  clock.stall(1_500);
  // The turn: a timer of the same moment comes after the check and before the judgement.
  clock.setTimer(0, () => {
    expect(deadlines).toEqual([]);
    sessionClock.prove(startMs + 900);
  });
  clock.advance(399);
  expect(deadlines).toEqual([]);
  clock.advance(1);
  expect(deadlines).toEqual([startMs + 1_900]);
});

it("after a stall, the session clock fires if no such answer has come within one turn", () => {
  const { clock, deadlines, unanswered, startMs } = started(1_000);
  unanswered.push(startMs + 900);
  clock.stall(1_500);
  clock.advance(0);
  expect(deadlines).toEqual([startMs + 1_500]);
});

it("the session clock fires at once if no answer can keep the session any more", () => {
  const { clock, deadlines, unanswered, startMs } = started(1_000);
  unanswered.push(startMs + 500);
  clock.stall(1_500);
  let firedBefore = false;
  clock.setTimer(0, () => {
    firedBefore = deadlines.length === 1;
  });
  clock.advance(0);
  expect(firedBefore).toBe(true);
});

it("the session clock reports a passed deadline before the timer fires, and not after it was stopped", () => {
  const { clock, sessionClock, startMs } = started(1_000);
  clock.stall(999);
  expect(sessionClock.isPast()).toBe(false);
  clock.stall(1);
  expect(sessionClock.isPast()).toBe(true);
  expect(sessionClock.isPast(startMs + 1)).toBe(false);
  sessionClock.stop();
  expect(sessionClock.isPast()).toBe(false);
});

it("the session clock does not count the answer to a request that was sent after the deadline", () => {
  const { clock, sessionClock, startMs } = started(1_000);
  clock.stall(1_500);
  sessionClock.prove(startMs + 1_000);
  expect(sessionClock.isPast()).toBe(true);
  sessionClock.prove(startMs + 999);
  expect(sessionClock.isPast()).toBe(false);
});
