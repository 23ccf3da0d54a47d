import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { Broadcast } from "./broadcast.js";

async function all(events: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

it("a broadcast calls all listeners in order, also after one that throws", () => {
  const errors: unknown[] = [];
  const broadcast = new Broadcast<number>({ ...silentLogger, error: (_, fields) => void errors.push(fields) });
  const seen: number[] = [];
  broadcast.on(() => {
    throw new Error("thrown by a listener");
  });
  const off = broadcast.on((n) => void seen.push(n));
  broadcast.emit(1);
  off();
  broadcast.emit(2);
  expect(seen).toEqual([1]);
  expect(errors).toHaveLength(2);
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
