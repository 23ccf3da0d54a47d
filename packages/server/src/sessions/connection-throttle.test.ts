import { describe, expect, it } from "vitest";
import type { ResolvedThrottle } from "../options/throttle-options.js";
import { ConnectionThrottle } from "./connection-throttle.js";

const options: ResolvedThrottle = {
  ...{ tokens: 3, fillTimeMs: 100, fillCount: 1, freezeTimeMs: -1, dropIncrease: 0.5, dropDecrease: 0.25 },
  ...{ decreaseRatio: 0, weighted: false, globalSessionWeight: 3, renewSessionWeight: 2 },
};
const always = (value: number) => ({ float: () => value, bytes: () => new Uint8Array(0) });

describe("a connection throttle", () => {
  it("lets as many pass as there are tokens, then one for each that comes in", () => {
    const throttle = new ConnectionThrottle(options, always(0.5), 0);
    const passed = [0, 1, 2, 3, 50, 101, 102, 301, 302, 303].filter((now) => throttle.admits("new", now));
    expect(passed).toEqual([0, 1, 2, 101, 301, 302]);
    expect(throttle.deficit).toBe(3);
  });

  it("never has more tokens than the bucket holds", () => {
    const throttle = new ConnectionThrottle(options, always(0.5), 0);
    expect([1, 2, 3, 4].map(() => throttle.admits("new", 1_000_000))).toEqual([true, true, true, false]);
  });

  it("admits all connections without tokens", () => {
    const throttle = new ConnectionThrottle({ ...options, tokens: 0 }, always(0), 0);
    expect(new Array(100).fill(0).every(() => throttle.admits("new", 0))).toBe(true);
  });

  it("weighs a new session more than one that comes back", () => {
    const throttle = new ConnectionThrottle({ ...options, tokens: 2, weighted: true }, always(0.5), 0);
    expect(throttle.admits("new", 0)).toBe(true);
    expect(throttle.admits("renewed", 0)).toBe(true);
    expect(throttle.admits("renewed", 0)).toBe(false);
  });

  it("refuses by chance more and more while the bucket is empty, and less again when it is full", () => {
    const throttle = new ConnectionThrottle({ ...options, tokens: 1, freezeTimeMs: 10 }, always(0.4), 0);
    expect(throttle.admits("new", 0)).toBe(true);
    expect(throttle.admits("new", 20)).toBe(false);
    expect(throttle.dropProbability).toBe(0.5);
    expect(throttle.admits("new", 200)).toBe(true);
    expect(throttle.dropProbability).toBe(0.25);
  });
});
