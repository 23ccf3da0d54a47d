import { TestClock } from "@conclave/runtime/testing";
import { describe, expect, it } from "vitest";
import { withinTime } from "./acquire-options.js";
import { AcquireTimeoutError } from "./acquire-timeout-error.js";

/** A wait that rejects with the reason of its signal. */
const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));

describe("a wait without a timeout", () => {
  it("gets the caller's signal, and sets no timer", async () => {
    const clock = new TestClock();
    const { signal } = new AbortController();
    const received: unknown[] = [];
    const wait = async (own: AbortSignal | undefined) => received.push(own);
    await withinTime("the lock a", { signal }, clock, wait);
    await withinTime("the lock a", {}, clock, wait);
    expect([received, clock.delays]).toEqual([[signal, undefined], []]);
  });
});

describe("a wait with a timeout", () => {
  it("rejects with an AcquireTimeoutError when the time is over", async () => {
    const clock = new TestClock();
    const reasons: unknown[] = [];
    const waiting = withinTime("the lock a", { timeoutMs: 50 }, clock, (signal) => {
      signal!.addEventListener("abort", () => reasons.push(signal!.reason));
      return untilAborted(signal);
    });
    clock.advance(49);
    expect(reasons).toEqual([]);
    clock.advance(1);
    const error: unknown = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AcquireTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 50, message: "the lock a was not granted within 50 ms" });
    expect(reasons).toEqual([error]);
  });

  it("rejects with an AcquireTimeoutError although the aborted wait rejects with another error", async () => {
    const clock = new TestClock();
    const waiting = withinTime("the lock a", { timeoutMs: 0 }, clock, async (signal) => {
      await untilAborted(signal).catch(() => {});
      throw new Error("aborted");
    });
    clock.advance(0);
    await expect(waiting).rejects.toBeInstanceOf(AcquireTimeoutError);
  });

  it("rejects with the error of the wait before the time is over, and cancels its timer", async () => {
    const clock = new TestClock();
    const failing = withinTime("the lock a", { timeoutMs: 50 }, clock, () => Promise.reject(new Error("no disk")));
    await expect(failing).rejects.toThrow("no disk");
    expect(clock.pending).toBe(0);
  });

  it("resolves with the result of the wait, and is not aborted afterwards", async () => {
    const clock = new TestClock();
    const caller = new AbortController();
    let own: AbortSignal | undefined;
    const result = await withinTime("the lock a", { timeoutMs: 50, signal: caller.signal }, clock, async (signal) => {
      own = signal;
      return "granted";
    });
    caller.abort();
    clock.advance(100);
    expect([result, own?.aborted, clock.pending]).toEqual(["granted", false, 0]);
  });

  it("is aborted with the reason of the caller's signal", async () => {
    const clock = new TestClock();
    const caller = new AbortController();
    const waiting = withinTime("the lock a", { timeoutMs: 50, signal: caller.signal }, clock, untilAborted);
    caller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  it.each([-1, Number.NaN])("rejects the timeout %s with a TypeError that names it", async (timeoutMs) => {
    const waiting = withinTime("the lock a", { timeoutMs }, new TestClock(), async () => "granted");
    await expect(waiting).rejects.toThrow(new TypeError(`timeoutMs must be 0 or more milliseconds, not ${timeoutMs}`));
  });
});
