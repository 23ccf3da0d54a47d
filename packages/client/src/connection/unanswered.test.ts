import { JuteWriter, Xid } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Sent } from "../requests/pending.js";
import { Unanswered } from "./unanswered.js";

/** Returns requests with these send times. */
const unansweredRequests = (operations: readonly number[], pings: readonly number[]): Unanswered => {
  const unanswered = new Unanswered();
  for (const sentAtMs of operations) unanswered.operations.push({ sentAtMs } as Sent);
  unanswered.pings.push(...pings);
  return unanswered;
};
const frame = (xid: number): Uint8Array => {
  const out = new JuteWriter();
  out.writeInt(xid);
  return out.take();
};

it("the newest unanswered request is an operation or a ping", () => {
  expect(unansweredRequests([], []).newestSentAtMs).toBe(-Infinity);
  expect(unansweredRequests([10, 30], [20]).newestSentAtMs).toBe(30);
  expect(unansweredRequests([10, 30], [20, 40]).newestSentAtMs).toBe(40);
});

it("frames show the newest request that they answer, by the number of replies and pings among them", () => {
  const unanswered = unansweredRequests([10, 30, 50], [20, 40]);
  const answered = (...xids: number[]) => unanswered.newestAnsweredMs(xids.map(frame));
  expect(answered()).toBe(undefined);
  expect(answered(Xid.notification, Xid.auth)).toBe(undefined);
  expect(answered(1)).toBe(10);
  expect(answered(1, Xid.setWatches)).toBe(30);
  expect(answered(1, Xid.ping)).toBe(20);
  expect(answered(Xid.ping, 1, 2)).toBe(30);
  expect(answered(Xid.ping, Xid.ping, 1)).toBe(40);
});

it("frames that are too short for an xid, or answer more than was sent, show no request", () => {
  const unanswered = unansweredRequests([10], []);
  expect(unanswered.newestAnsweredMs([new Uint8Array(3)])).toBe(undefined);
  expect(unanswered.newestAnsweredMs([frame(1), frame(2)])).toBe(undefined);
  expect(unanswered.newestAnsweredMs([frame(Xid.ping)])).toBe(undefined);
});

it("the newest unanswered request is the last ping if there are no operations, and the last operation without pings", () => {
  expect(unansweredRequests([], [20, 40, 60]).newestSentAtMs).toBe(60);
  expect(unansweredRequests([10, 30, 50], []).newestSentAtMs).toBe(50);
});

it("a reply with the xid 0 answers an operation, and one with another reserved xid does not", () => {
  const unanswered = unansweredRequests([10], [20]);
  expect(unanswered.newestAnsweredMs([frame(0)])).toBe(10);
  expect(unanswered.newestAnsweredMs([frame(-9)])).toBe(undefined);
});

it("nothing is unanswered at first", () => {
  const { operations, pings, credentials } = new Unanswered();
  expect([operations.size, pings, credentials]).toEqual([0, [], []]);
});
