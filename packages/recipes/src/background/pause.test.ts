import type { Clock } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { pause } from "./pause.js";

/** A clock that stands still until it is told to ring. */
class StillClock implements Clock {
  readonly pending = new Map<() => void, number>();
  now = (): number => 0;
  wallTime = (): number => 0;

  setTimer(delayMs: number, callback: () => void): { cancel: () => void } {
    this.pending.set(callback, delayMs);
    return { cancel: () => void this.pending.delete(callback) };
  }
}

describe("a pause", () => {
  it("ends when its timer fires", async () => {
    const clock = new StillClock();
    const paused = pause(clock, 250);
    const [[ring, delayMs] = []] = [...clock.pending];
    expect(delayMs).toBe(250);
    ring?.();
    await paused;
  });

  it("ends when the signal aborts, and leaves no timer", async () => {
    const clock = new StillClock();
    const controller = new AbortController();
    const paused = pause(clock, 250, controller.signal);
    expect(clock.pending.size).toBe(1);
    controller.abort();
    await paused;
    expect(clock.pending.size).toBe(0);
  });

  it("sets no timer when the signal has aborted", async () => {
    const clock = new StillClock();
    await pause(clock, 250, AbortSignal.abort());
    expect(clock.pending.size).toBe(0);
  });
});
