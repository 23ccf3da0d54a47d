import { expect, it } from "vitest";
import { onAbort } from "./on-abort.js";

/** Creates a signal that counts its listeners. */
const countingSignal = () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { controller, signal, listeners: () => listeners };
};

it("onAbort calls all callbacks of a signal once, in order, with one listener on it", () => {
  const { controller, signal, listeners } = countingSignal();
  const seen: number[] = [];
  for (let i = 0; i < 100; i++) onAbort(signal, () => seen.push(i));
  expect(listeners()).toBe(1);
  controller.abort();
  controller.abort();
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

it("onAbort does not call removed callbacks, and removes its listener with the last of them", () => {
  const { controller, signal, listeners } = countingSignal();
  const seen: string[] = [];
  const removeFirst = onAbort(signal, () => seen.push("first"));
  const removeSecond = onAbort(signal, () => seen.push("second"));
  removeFirst();
  expect(listeners()).toBe(1);
  removeSecond();
  expect(listeners()).toBe(0);
  controller.abort();
  expect(seen).toEqual([]);
});

it("onAbort does not call a callback that an earlier one removes", () => {
  const { controller, signal } = countingSignal();
  const seen: string[] = [];
  let removeSecond = () => {};
  onAbort(signal, () => removeSecond());
  removeSecond = onAbort(signal, () => seen.push("second"));
  controller.abort();
  expect(seen).toEqual([]);
});

it("onAbort can be used again after all callbacks of a signal were removed", () => {
  const { controller, signal } = countingSignal();
  const seen: string[] = [];
  onAbort(signal, () => seen.push("removed"))();
  onAbort(signal, () => seen.push("added later"));
  controller.abort();
  expect(seen).toEqual(["added later"]);
});

it("onAbort calls its callbacks although the signal has listeners of others", () => {
  const controller = new AbortController();
  const calls: string[] = [];
  controller.signal.addEventListener("abort", () => void calls.push("another"));
  onAbort(controller.signal, () => void calls.push("ours"));
  controller.abort();
  expect(calls).toEqual(["another", "ours"]);
});

it("onAbort calls a callback once for each time that it was added", () => {
  const controller = new AbortController();
  let calls = 0;
  const callback = () => {
    calls += 1;
  };
  const removeFirst = onAbort(controller.signal, callback);
  onAbort(controller.signal, callback);
  removeFirst();
  controller.abort();
  expect(calls).toBe(1);
});

it("onAbort calls a callback at once if the signal has aborted, and never without a signal", () => {
  const calls: string[] = [];
  onAbort(AbortSignal.abort(), () => calls.push("aborted"))();
  onAbort(undefined, () => calls.push("none"))();
  expect(calls).toEqual(["aborted"]);
});
