import { getEventListeners } from "node:events";
import type { Clock } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { eventStream } from "./event-stream.js";

/** A stream whose changes and time are the test's. */
function startStream(signal?: AbortSignal) {
  const listeners = new Set<() => void>();
  const timers = new Map<() => void, number>();
  const leaving = new AbortController();
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    setTimer: (delayMs, callback) => {
      timers.set(callback, delayMs);
      return { cancel: () => void timers.delete(callback) };
    },
  };
  const state = { value: 1 };
  const stream = eventStream({
    current: () => ({ id: `v${state.value}`, event: "cluster", data: String(state.value) }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    heartbeatMs: 5_000,
    clock,
    signal: signal ?? leaving.signal,
  });
  const reader = stream.getReader();
  const read = async (): Promise<string | undefined> => {
    const { value } = await reader.read();
    return value && new TextDecoder().decode(value);
  };
  const change = (value: number): void => {
    state.value = value;
    for (const listener of listeners) listener();
  };
  const beat = (): void => {
    for (const timer of [...timers.keys()]) timer();
  };
  return { read, change, beat, reader, leaving, listeners, timers };
}

const message = (value: number): string => `id: v${value}\nevent: cluster\ndata: ${value}\n\n`;

describe("an event stream", () => {
  it("sends the current state at once, and the new state after a change", async () => {
    const { read, change } = startStream();
    expect(await read()).toBe(`retry: 1000\n${message(1)}`);
    const next = read();
    change(2);
    expect(await next).toBe(message(2));
  });

  it("keeps one event for a slow reader, and skips from it to the latest state", async () => {
    const { read, change, beat } = startStream();
    await read();
    for (let value = 2; value < 100_000; value++) change(value);
    // Nor is a heartbeat kept.
    beat();
    expect([await read(), await read()]).toEqual([message(2), message(99_999)]);
    const next = read();
    change(100_000);
    expect(await next).toBe(message(100_000));
  });

  it("does not repeat an unchanged state, and sends heartbeats", async () => {
    const { read, change, beat, timers } = startStream();
    await read();
    expect([...timers.values()]).toEqual([5_000]);
    const next = read();
    change(1);
    beat();
    expect(await next).toBe(": still here\n\n");
  });

  it("ends with the last state, and removes its listener and its timer", async () => {
    const { read, change, leaving, listeners, timers } = startStream();
    await read();
    change(2);
    expect(await read()).toBe(message(2));
    leaving.abort();
    expect(await read()).toBeUndefined();
    expect([listeners.size, timers.size]).toEqual([0, 0]);
  });

  it("removes its listener and its timer when the reader cancels", async () => {
    const { read, reader, leaving, listeners, timers } = startStream();
    await read();
    expect(getEventListeners(leaving.signal, "abort")).toHaveLength(1);
    await reader.cancel();
    expect([listeners.size, timers.size]).toEqual([0, 0]);
    expect(getEventListeners(leaving.signal, "abort")).toEqual([]);
  });

  it("that starts after its signal has aborted sends the current state and ends", async () => {
    const { read, listeners, timers } = startStream(AbortSignal.abort());
    expect(await read()).toContain(message(1));
    expect(await read()).toBeUndefined();
    expect([listeners.size, timers.size]).toEqual([0, 0]);
  });
});
