import { expect, it } from "vitest";
import { onAbort } from "./on-abort.js";

/** A signal that counts its listeners. */
const counted = () => {
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

it("calls all callbacks once, in order, with one listener", () => {
  const { controller, signal, listeners } = counted();
  const seen: number[] = [];
  for (let i = 0; i < 100; i++) onAbort(signal, () => seen.push(i));
  expect(listeners()).toBe(1);
  controller.abort();
  controller.abort();
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

it("does not call removed callbacks, and removes its listener with the last", () => {
  const { controller, signal, listeners } = counted();
  const seen: string[] = [];
  const forgetFirst = onAbort(signal, () => seen.push("first"));
  const forgetSecond = onAbort(signal, () => seen.push("second"));
  forgetFirst();
  expect(listeners()).toBe(1);
  forgetSecond();
  expect(listeners()).toBe(0);
  controller.abort();
  expect(seen).toEqual([]);
});

it("allows the removal of a callback while others are called", () => {
  const { controller, signal } = counted();
  const seen: string[] = [];
  let forgetSecond = () => {};
  onAbort(signal, () => forgetSecond());
  forgetSecond = onAbort(signal, () => seen.push("second"));
  controller.abort();
  expect(seen).toEqual([]);
});

it("works again after all callbacks were removed", () => {
  const { controller, signal } = counted();
  const seen: string[] = [];
  onAbort(signal, () => seen.push("gone"))();
  onAbort(signal, () => seen.push("here"));
  controller.abort();
  expect(seen).toEqual(["here"]);
});

it("works together with another listener of the signal", () => {
  const controller = new AbortController();
  const calls: string[] = [];
  controller.signal.addEventListener("abort", () => void calls.push("another"));
  onAbort(controller.signal, () => void calls.push("ours"));
  controller.abort();
  expect(calls).toEqual(["another", "ours"]);
});
