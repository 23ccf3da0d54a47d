import { describe, expect, it } from "vitest";
import { WritePace } from "./write-pace.js";

/** Makes writes that take the process `ms` each if it waits for them. Returns the number of those that it waited for. */
function waitedFor(pace: WritePace, writes: number, ms: number, bytes = 200): number {
  let count = 0;
  for (let write = 0; write < writes; write++) {
    if (!pace.waits(bytes)) continue;
    count++;
    pace.waited(ms);
  }
  return count;
}

describe("a write to the log", () => {
  it("is made by the process itself while the disk is fast", () => {
    expect(waitedFor(new WritePace(), 10_000, 0.07)).toBe(10_000);
  });

  it("is made by the process itself after single ones that took a few milliseconds", () => {
    const pace = new WritePace();
    for (let round = 0; round < 100; round++) {
      expect(waitedFor(pace, 20, 0.07)).toBe(20);
      expect(waitedFor(pace, 1, 4)).toBe(1);
    }
  });

  it("is left to a thread for some time after one that took very long", () => {
    const pace = new WritePace();
    expect(waitedFor(pace, 20, 0.07)).toBe(20);
    expect(waitedFor(pace, 1, 500)).toBe(1);
    expect(waitedFor(pace, 32, 0.07)).toBe(0);
    expect(waitedFor(pace, 100, 0.07)).toBe(100);
  });

  it("is left to a thread if one in twenty takes as long as a busy disk", () => {
    const pace = new WritePace();
    let waits = 0;
    for (let round = 0; round < 1_000; round++) waits += waitedFor(pace, 19, 0.07) + waitedFor(pace, 1, 50);
    expect(waits).toBeLessThan(20_000 / 4);
  });

  it("is left to a thread while the disk is slow, except for trials, which become rare", () => {
    const pace = new WritePace();
    expect(waitedFor(pace, 1_000, 10)).toBeLessThan(20);
    expect(waitedFor(pace, 100_000, 10)).toBeLessThan(20);
    // The disk is fast again.
    waitedFor(pace, 10_000, 0.07);
    expect(waitedFor(pace, 1_000, 0.07)).toBe(1_000);
    expect(waitedFor(pace, 1_000, 10)).toBeLessThan(20);
  });

  it("is left to a thread if it is large", () => {
    expect(waitedFor(new WritePace(), 10, 0.07, 1024 * 1024)).toBe(0);
  });
});
