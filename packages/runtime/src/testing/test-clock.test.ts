import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.js";
import { TestClock } from "./test-clock.js";

describe("a test clock", () => {
  it("does not move until it is advanced", () => {
    const clock = new TestClock();
    expect([clock.now(), clock.wallTime()]).toEqual([1_000, 1_000]);
    clock.advance(5);
    expect([clock.now(), clock.wallTime()]).toEqual([1_005, 1_005]);
  });

  it("fires each timer once, at its time, also one that is set meanwhile", () => {
    const clock = new TestClock();
    const fired: string[] = [];
    const set = (name: string, delayMs: number, then = () => {}) =>
      clock.setTimer(delayMs, () => {
        fired.push(`${name} at ${clock.now()}`);
        then();
      });
    set("second", 2_000);
    set("first", 1_000, () => set("third", 1_500));
    set("cancelled", 1_200).cancel();
    set("late", 10_001);
    expect([clock.pending, clock.delays]).toEqual([3, [2_000, 1_000, 1_200, 10_001]]);
    clock.advance(10_000);
    expect(fired).toEqual(["first at 2000", "second at 3000", "third at 3500"]);
    expect([clock.now(), clock.pending]).toEqual([11_000, 1]);
    clock.advance(1);
    expect(fired.at(-1)).toBe("late at 11001");
  });

  it("does not fire a timer that the callback of another one cancels", () => {
    const clock = new TestClock();
    const fired: string[] = [];
    clock.setTimer(1, () => {
      fired.push("first");
      second.cancel();
    });
    const second = clock.setTimer(2, () => fired.push("second"));
    clock.stall(10);
    clock.turn();
    expect(fired).toEqual(["first"]);
  });

  it("fires nothing in a stall; after it, one turn fires the timers that were due, and none that is set meanwhile", () => {
    const clock = new TestClock();
    const fired: string[] = [];
    clock.setTimer(2, () => fired.push("second"));
    clock.setTimer(1, () => {
      fired.push("first");
      clock.setTimer(0, () => fired.push("next turn"));
    });
    clock.stall(5);
    expect([clock.now(), fired]).toEqual([1_005, []]);
    clock.turn();
    expect(fired).toEqual(["first", "second"]);
    clock.advance(0);
    expect(fired.at(-1)).toBe("next turn");
  });

  it("does not go back if a callback stalls it for longer than it is advanced", () => {
    const clock = new TestClock();
    clock.setTimer(1, () => clock.stall(100));
    clock.advance(5);
    expect(clock.now()).toBe(1_101);
  });

  it("on the system's clock runs and fires its timers by itself, and can be advanced", async () => {
    const clock = new TestClock(systemClock);
    const [before, wallTime] = [clock.now(), clock.wallTime()];
    await new Promise<void>((resolve) => clock.setTimer(5, resolve));
    expect([clock.now() > before, clock.pending]).toEqual([true, 0]);
    const fired: string[] = [];
    clock.setTimer(3_600_000, () => fired.push("advanced"));
    clock.advance(3_600_000);
    expect(fired).toEqual(["advanced"]);
    expect(clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect(clock.wallTime() - wallTime).toBeGreaterThanOrEqual(3_600_000);
  });
});
