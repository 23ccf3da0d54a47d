import { expect, it } from "vitest";
import { collectEvents } from "./collect-events.js";

it("returns an event that arrived before the wait", async () => {
  const numbers = collectEvents<number>();
  numbers.add(1);
  numbers.add(2);
  numbers.add(3);
  expect(await numbers.first((number) => number > 1)).toBe(2);
  expect(numbers.events).toEqual([1, 2, 3]);
});

it("waits for a later event", async () => {
  const numbers = collectEvents<number>();
  const found = numbers.first((number) => number === 2);
  numbers.add(1);
  numbers.add(2);
  expect(await found).toBe(2);
});

it("waits for a number of events", async () => {
  const numbers = collectEvents<number>();
  const three = numbers.take(3);
  for (const number of [1, 2, 3, 4]) numbers.add(number);
  expect(await three).toEqual([1, 2, 3]);
});

it("returns an event that is undefined", async () => {
  const events = collectEvents<undefined>();
  events.add(undefined);
  expect(await events.first(() => true)).toBe(undefined);
});

it("lists the events so far in the error of a timeout", async () => {
  const words = collectEvents<string>();
  words.add("suspended");
  const waiting = words.first((word) => word === "expired", { timeoutMs: 5, what: "the expiry" });
  await expect(waiting).rejects.toThrow("timed out after 5 ms waiting for the expiry; events so far: [ 'suspended' ]");
});
