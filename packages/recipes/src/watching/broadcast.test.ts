import { getEventListeners } from "node:events";
import { type Logger, silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { Broadcast } from "./broadcast.js";

async function all(events: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

it("a broadcast calls all listeners in order, also after one that throws", () => {
  const logged: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (message, fields) => void logged.push([message, fields]) };
  const broadcast = new Broadcast<number>(logger);
  const seen: number[] = [];
  const error = new Error("thrown by a listener");
  broadcast.on(() => {
    throw error;
  });
  const off = broadcast.on((n) => void seen.push(n));
  broadcast.emit(1);
  off();
  broadcast.emit(2);
  expect(seen).toEqual([1]);
  expect(logged).toEqual([1, 2].map(() => ["a listener threw an error", { error }]));
});

it("a broadcast queues events for an iterator, which ends after the last one", async () => {
  const broadcast = new Broadcast<number>(silentLogger);
  const events = broadcast.iterate();
  broadcast.emit(1);
  broadcast.emit(2);
  broadcast.end();
  expect(await all(events)).toEqual([1, 2]);
  expect(await all(broadcast.iterate())).toEqual([]);
});

it("a broadcast ends a waiting iterator when its signal aborts", async () => {
  const stop = new AbortController();
  const events = new Broadcast<number>(silentLogger).iterate(stop.signal);
  const next = events.next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

it("a broadcast ends an iterator with an error when more than 10,000 events are queued", async () => {
  const broadcast = new Broadcast<number>(silentLogger);
  const events = broadcast.iterate();
  for (let n = 0; n <= 10_000; n++) broadcast.emit(n);
  const read = async (): Promise<void> => {
    for await (const _ of events);
  };
  await expect(read()).rejects.toThrow("fell 10000 events behind");
});

/** Fails the test on any log line. */
const strict: Logger = {
  ...silentLogger,
  error: (message, fields) => {
    throw new Error(message, { cause: fields });
  },
};
const over = { done: true, value: undefined };

it("a broadcast wakes a waiting iterator, and queues an event for one that does not wait", async () => {
  const broadcast = new Broadcast<number>(strict);
  const events = broadcast.iterate();
  const next = events.next();
  broadcast.emit(1);
  broadcast.emit(2);
  expect([await next, await events.next()]).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
  ]);
});

it("a broadcast that has ended calls no listener", () => {
  const broadcast = new Broadcast<number>(strict);
  const seen: number[] = [];
  broadcast.on((n) => void seen.push(n));
  broadcast.end();
  broadcast.emit(1);
  expect(seen).toEqual([]);
});

it("a broadcast that ended with an error ends each iterator with it once, after the queued events", async () => {
  const broadcast = new Broadcast<number>(strict);
  const events = broadcast.iterate();
  broadcast.emit(1);
  broadcast.end(new Error("gave up"));
  broadcast.end(new Error("later"));
  expect(await events.next()).toEqual({ done: false, value: 1 });
  const late = broadcast.iterate();
  broadcast.emit(2);
  for (const each of [events, late]) {
    await expect(each.next()).rejects.toThrow("gave up");
    expect(await each.next()).toEqual(over);
  }
});

it("an iterator of a broadcast that has ended by its signal receives neither events nor the end", async () => {
  const broadcast = new Broadcast<number>(strict);
  const stop = new AbortController();
  const events = broadcast.iterate(stop.signal);
  stop.abort();
  const late = broadcast.iterate(stop.signal);
  broadcast.emit(1);
  broadcast.end(new Error("gave up"));
  expect([await events.next(), await late.next()]).toEqual([over, over]);
});

it("an iterator of a broadcast that is left drops its queued events, and leaves no listener on its signal", async () => {
  const broadcast = new Broadcast<number>(strict);
  const { signal } = new AbortController();
  const events = broadcast.iterate(signal);
  for (const n of [1, 2]) broadcast.emit(n);
  for await (const n of events) {
    expect(n).toBe(1);
    break;
  }
  broadcast.emit(3);
  expect([await events.next(), await events.return?.()]).toEqual([over, over]);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
