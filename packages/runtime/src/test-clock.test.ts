import { expect, it } from "vitest";
import { TestClock } from "./test-clock.js";

it("a test clock runs like the system's, and fires its timers by itself", async () => {
  const clock = new TestClock();
  const before = clock.now();
  await new Promise<void>((resolve) => clock.setTimer(5, resolve));
  expect(clock.now()).toBeGreaterThan(before);
});

it("a test clock that is advanced fires the timers that are due, in the order of their times, and each once", async () => {
  const clock = new TestClock();
  const [before, wallTime] = [clock.now(), clock.wallTime()];
  const fired: string[] = [];
  clock.setTimer(2_000, () => fired.push("second"));
  clock.setTimer(1_000, () => fired.push("first"));
  clock.setTimer(1_500, () => fired.push("cancelled")).cancel();
  const late = clock.setTimer(3_600_000, () => fired.push("late"));
  clock.advance(10_000);
  clock.advance(10_000);
  expect(fired).toEqual(["first", "second"]);
  expect(clock.now() - before).toBeGreaterThanOrEqual(20_000);
  expect(clock.wallTime() - wallTime).toBeGreaterThanOrEqual(20_000);
  late.cancel();
});

it("a callback of a test clock can cancel a timer that is due at the same time", () => {
  const clock = new TestClock();
  const fired: string[] = [];
  clock.setTimer(1, () => {
    fired.push("first");
    second.cancel();
  });
  const second = clock.setTimer(2, () => fired.push("second"));
  clock.advance(10);
  expect(fired).toEqual(["first"]);
});
