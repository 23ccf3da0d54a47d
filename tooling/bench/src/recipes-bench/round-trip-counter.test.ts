import { expect, it } from "vitest";
import { RoundTripCounter } from "./round-trip-counter.ts";

it("counts a round trip for each request that waited for the answer before", () => {
  const counter = new RoundTripCounter();
  for (const xid of [1, 2, 3]) {
    counter.request(xid);
    counter.answer(xid);
  }
  expect([counter.requests, counter.roundTrips]).toEqual([3, 3]);
});

it("counts one round trip for requests that are sent together, and for one that follows while they are under way", () => {
  const counter = new RoundTripCounter();
  counter.request(1);
  counter.request(2);
  counter.answer(1);
  counter.request(3);
  counter.answer(2);
  expect([counter.requests, counter.roundTrips]).toEqual([3, 1]);
  counter.answer(3);
  expect(counter.roundTrips).toBe(2);
});

it("counts no round trip before its answer has come", () => {
  const counter = new RoundTripCounter();
  counter.request(1);
  expect([counter.requests, counter.roundTrips]).toEqual([1, 0]);
});

it("leaves out what a client sends by itself, and the answers to it and to what was before a restart", () => {
  const counter = new RoundTripCounter();
  counter.request(-2);
  counter.answer(-2);
  counter.request(1);
  counter.restart();
  counter.answer(1);
  expect([counter.requests, counter.roundTrips]).toEqual([0, 0]);
});
