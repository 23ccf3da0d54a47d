import { expect, it } from "vitest";
import { collectEvents } from "./collect-events.js";

it("finds an event that came before", async () => {
  const numbers = collectEvents<number>();
  numbers.add(1);
  numbers.add(2);
  numbers.add(3);
  expect(await numbers.first((number) => number > 1)).toBe(2);
  expect(numbers.events).toEqual([1, 2, 3]);
});

it("waits for an event to come", async () => {
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

it("finds an event that is undefined", async () => {
  const events = collectEvents<undefined>();
  events.add(undefined);
  expect(await events.first(() => true)).toBe(undefined);
});

it("lists at the deadline what came instead", async () => {
  const words = collectEvents<string>();
  words.add("suspended");
  const waiting = words.first((word) => word === "expired", { timeoutMs: 5, what: "the expiry" });
  await expect(waiting).rejects.toThrow("the expiry did not come within 5 ms; what came: [ 'suspended' ]");
});
