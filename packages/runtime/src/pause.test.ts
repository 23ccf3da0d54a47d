import { expect, it } from "vitest";
import type { Clock, Timer } from "./clock.js";
import { pause } from "./pause.js";

/** A clock with one timer, which the test fires. */
const clockWithTimer = () => {
  const timers: { delayMs: number; fire: () => void; isPending: boolean }[] = [];
  const clock: Pick<Clock, "setTimer"> = {
    setTimer: (delayMs, callback): Timer => {
      const timer = { delayMs, fire: callback, isPending: true };
      timers.push(timer);
      return {
        cancel: () => {
          timer.isPending = false;
        },
      };
    },
  };
  return { clock: clock as Clock, timers };
};

it("a pause ends when its timer fires", async () => {
  const { clock, timers } = clockWithTimer();
  const paused = pause(clock, 250);
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([250]);
  timers[0]?.fire();
  await paused;
});

it("a pause ends when its signal aborts, and cancels its timer", async () => {
  const { clock, timers } = clockWithTimer();
  const controller = new AbortController();
  const paused = pause(clock, 250, controller.signal);
  controller.abort(new Error("stop"));
  await paused;
  expect(timers.map(({ isPending }) => isPending)).toEqual([false]);
});

it("a pause with a signal that has aborted ends at once, without a timer", async () => {
  const { clock, timers } = clockWithTimer();
  await pause(clock, 250, AbortSignal.abort());
  expect(timers).toEqual([]);
});
