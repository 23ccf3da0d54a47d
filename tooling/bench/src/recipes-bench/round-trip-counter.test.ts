import { expect, it } from "vitest";
import { RoundTripCounter } from "./round-trip-counter.ts";

it("each request that is sent after the answer to the one before is a round trip", () => {
  const counter = new RoundTripCounter();
  for (const xid of [1, 2, 3]) {
    counter.request(xid);
    counter.answer(xid);
  }
  expect([counter.requests, counter.roundTrips]).toEqual([3, 3]);
});

it("requests that are in flight together are one round trip", () => {
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

it("a round trip counts when its answer arrives", () => {
  const counter = new RoundTripCounter();
  counter.request(1);
  expect([counter.requests, counter.roundTrips]).toEqual([1, 0]);
});

it("pings, and answers to requests before a restart, are not counted", () => {
  const counter = new RoundTripCounter();
  counter.request(-2);
  counter.answer(-2);
  counter.request(1);
  counter.restart();
  counter.answer(1);
  expect([counter.requests, counter.roundTrips]).toEqual([0, 0]);
});
