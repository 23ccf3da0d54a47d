import { expect, it } from "vitest";
import { ManualClock } from "../scripted-server/manual-clock.js";
import { SessionClock } from "./session-clock.js";

const started = (timeoutMs: number) => {
  const clock = new ManualClock();
  const deadlines: number[] = [];
  const sessionClock = new SessionClock(clock, () => deadlines.push(clock.now()));
  const startMs = clock.now();
  sessionClock.start(timeoutMs, startMs);
  return { clock, sessionClock, deadlines, startMs };
};

it("fires when the timeout has passed since the last answered request was sent", () => {
  const { clock, sessionClock, deadlines, startMs } = started(9_000);
  clock.advance(5_000);
  sessionClock.prove(startMs + 3_000);
  clock.advance(6_999);
  expect(deadlines).toEqual([]);
  clock.advance(1);
  expect(deadlines).toEqual([startMs + 12_000]);
});

it("does not go back for an answer to an older request", () => {
  const { clock, sessionClock, deadlines, startMs } = started(9_000);
  sessionClock.prove(startMs + 500);
  sessionClock.prove(startMs + 100);
  clock.advance(9_499);
  expect(deadlines).toEqual([]);
});

it("fires once", () => {
  const { clock, deadlines } = started(1_000);
  clock.advance(60_000);
  expect(deadlines).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it("is silent once it was stopped", () => {
  const { clock, sessionClock, deadlines } = started(1_000);
  sessionClock.stop();
  clock.advance(60_000);
  expect(deadlines).toEqual([]);
});

it("goes on with the timeout of the server that took the session over", () => {
  const { clock, sessionClock, deadlines, startMs } = started(1_000);
  clock.advance(900);
  sessionClock.start(4_000, startMs + 900);
  clock.advance(3_999);
  expect(deadlines).toEqual([]);
  clock.advance(1);
  expect(deadlines).toHaveLength(1);
});

it("lets an answer that is read after a stall count before it judges", () => {
  const { clock, sessionClock, deadlines, startMs } = started(1_000);
  // In the turn after the stall: the timer set by the late one comes behind what the socket holds.
  clock.setTimer(1_000, () => sessionClock.prove(startMs + 900));
  clock.advance(1_000);
  expect(deadlines).toEqual([]);
});
