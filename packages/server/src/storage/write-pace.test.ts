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

  it("is made by the process itself after single ones that were slow", () => {
    const pace = new WritePace();
    for (let round = 0; round < 100; round++) {
      expect(waitedFor(pace, 20, 0.07)).toBe(20);
      expect(waitedFor(pace, 1, 500)).toBe(1);
    }
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
