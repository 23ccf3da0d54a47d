import { describe, expect, it } from "vitest";
import type { ResolvedThrottle } from "../options/throttle-options.js";
import { ConnectionThrottle } from "./connection-throttle.js";

const options: ResolvedThrottle = {
  ...{ tokens: 3, fillTimeMs: 100, fillCount: 1, freezeTimeMs: -1, dropIncrease: 0.5, dropDecrease: 0.25 },
  ...{ decreaseRatio: 0, weighted: false, globalSessionWeight: 3, localSessionWeight: 1, renewSessionWeight: 2 },
};
const always = (value: number) => ({ float: () => value, bytes: () => new Uint8Array(0) });

describe("a connection throttle", () => {
  it("lets as many pass as there are tokens, then one for each that comes in", () => {
    const throttle = new ConnectionThrottle(options, always(0.5), 0);
    const passed = [0, 1, 2, 3, 50, 100, 101, 102, 301, 302, 303].filter((now) => throttle.admits("new", now));
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

  it("takes the weight of a new or of a resumed session, and fills in new sessions", () => {
    const throttle = new ConnectionThrottle({ ...options, weighted: true }, always(0.5), 0);
    expect(throttle.admits("new", 0)).toBe(true);
    expect(throttle.deficit).toBe(3);
    for (let resumed = 0; resumed < 3; resumed++) expect(throttle.admits("renewed", 0)).toBe(true);
    expect(throttle.deficit).toBe(9);
    expect(throttle.admits("renewed", 1)).toBe(false);
    expect(throttle.admits("new", 200)).toBe(true);
    expect(throttle.deficit).toBe(6);
  });

  it.each([
    ["its own weight", {}, 1],
    ["no more than any other", { localSessionWeight: 5 }, 5],
  ])("takes for a new local session %s", (_, weights, taken) => {
    const throttle = new ConnectionThrottle({ ...options, weighted: true, ...weights }, always(0.5), 0, true);
    expect(throttle.admits("new", 0)).toBe(true);
    expect(throttle.deficit).toBe(taken);
    expect(throttle.admits("renewed", 0)).toBe(true);
    expect(throttle.deficit).toBe(taken + Math.max(2, taken));
  });

  it("refuses by chance more and more while the bucket is empty, and less again when it is full", () => {
    const throttle = new ConnectionThrottle({ ...options, tokens: 1, freezeTimeMs: 10 }, always(0.4), 0);
    expect(throttle.admits("new", 0)).toBe(true);
    expect(throttle.admits("new", 20)).toBe(false);
    expect(throttle.dropProbability).toBe(0.5);
    expect(throttle.admits("new", 200)).toBe(true);
    expect(throttle.dropProbability).toBe(0.25);
  });
  it("changes the share of refused connections only after the freeze time", () => {
    const throttle = new ConnectionThrottle({ ...options, tokens: 1, freezeTimeMs: 10 }, always(0.9), 0);
    const shares = [0, 10, 11, 12, 21, 22].map((now) => {
      throttle.admits("new", now);
      return throttle.dropProbability;
    });
    expect(shares).toEqual([0, 0, 0.5, 0.5, 0.5, 1]);
  });

  it("lowers that share while at most the given part of the tokens is missing, and keeps it in between", () => {
    const throttle = new ConnectionThrottle(
      { ...options, tokens: 10, fillTimeMs: 10_000, freezeTimeMs: 10, decreaseRatio: 0.2 },
      always(0.9),
      0,
    );
    throttle.dropProbability = 0.5;
    const shares = [11, 22, 33, 44].map((now) => {
      throttle.admits("new", now);
      return throttle.dropProbability;
    });
    expect(throttle.deficit).toBe(4);
    // 0, 1, 2 and then 3 tokens were missing.
    expect(shares).toEqual([0.25, 0, 0, 0]);
    throttle.dropProbability = 0.5;
    throttle.admits("new", 55);
    expect(throttle.dropProbability).toBe(0.5);
  });

  it("refuses that share of connections although there are tokens, and none while the share is 0", () => {
    const throttle = new ConnectionThrottle({ ...options, freezeTimeMs: 1000 }, always(0), 0);
    expect(throttle.admits("new", 0)).toBe(true);
    throttle.dropProbability = 0.5;
    expect(throttle.admits("new", 0)).toBe(false);
    expect(throttle.deficit).toBe(1);
  });
});
