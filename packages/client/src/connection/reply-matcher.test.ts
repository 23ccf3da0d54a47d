import { ErrorCode, JuteReader, JuteWriter, writeReplyHeader, Xid } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Sent } from "../requests/pending.js";
import { ReadBatch } from "./read-batch.js";
import { ReadBatching } from "./read-batching.js";
import { ReplyMatcher } from "./reply-matcher.js";
import { Unanswered } from "./unanswered.js";

const MAX_REPLY_BYTES = 1_000;
const batching = new ReadBatching({ maxRequestBytes: 1_000_000, maxReplyBytes: MAX_REPLY_BYTES });

/** A matcher that records the calls that it makes. */
const matching = () => {
  const calls: string[] = [];
  const unanswered = new Unanswered();
  const matcher = new ReplyMatcher({
    unanswered,
    batching,
    maxReplyBytes: MAX_REPLY_BYTES,
    listener: {
      notified: () => {},
      answered: (sentAtMs, high, low) => void calls.push(`answered ${sentAtMs} with zxid ${high}:${low}`),
      isOverdue: () => false,
      compareClock: () => {},
    },
  });
  const operation = (xid: number, sentAtMs: number): void => {
    unanswered.operations.push({
      xid,
      sentAtMs,
      type: 1,
      resolveFrom: () => void calls.push(`${xid} resolved`),
      rejectWith: (errno: number) => void calls.push(`${xid} rejected with ${errno}`),
      rejectTooLong: (bytes: number, max: number) => void calls.push(`${xid} too long: ${bytes} > ${max}`),
      failWith: () => {},
    } as Sent);
  };
  return { matcher, unanswered, operation, calls };
};
const reply = (xid: number, zxid = 0n, errno: number = ErrorCode.OK): JuteReader => {
  const out = new JuteWriter();
  writeReplyHeader(out, xid, zxid, errno);
  return new JuteReader(out.take());
};

it("replies settle operations in their order, and report the send time and the zxid", () => {
  const { matcher, operation, calls } = matching();
  operation(1, 10);
  operation(2, 20);
  matcher.onReply(reply(1, 0x1_0000_0002n));
  matcher.onReply(reply(2, 3n, ErrorCode.NO_NODE));
  expect(calls).toEqual([
    "1 resolved",
    "answered 10 with zxid 1:2",
    `2 rejected with ${ErrorCode.NO_NODE}`,
    "answered 20 with zxid 0:3",
  ]);
});

it.each([
  ["a reply to another operation than the next one", 2, /xid 2, but the next reply must have the xid 1/],
  ["an unknown xid", -9, /unknown xid -9/],
  ["an answer to a ping that was not sent", Xid.ping, /a ping that was not sent/],
  ["an answer to credentials that were not sent", Xid.auth, /credentials that were not sent/],
])("%s is malformed, and settles nothing", (_name, xid, message) => {
  const { matcher, operation, calls } = matching();
  operation(1, 10);
  expect(() => matcher.onReply(reply(xid))).toThrow(message);
  expect(calls).toEqual([]);
});

it("only the reply to a batch of reads may be longer than maxReplyBytes, up to the longest reply to a batch", () => {
  const { matcher, unanswered, operation } = matching();
  operation(1, 10);
  expect([MAX_REPLY_BYTES, MAX_REPLY_BYTES + 1].map((length) => matcher.isTooLong(length))).toEqual([false, true]);
  unanswered.operations.shift();
  unanswered.operations.push(new ReadBatch(2, [], batching));
  const { longestReplyBytes } = batching;
  expect([longestReplyBytes, longestReplyBytes + 1].map((length) => matcher.isTooLong(length))).toEqual([false, true]);
});

it("the header of a reply that is too long rejects its operation, and no other", () => {
  const { matcher, operation, calls } = matching();
  operation(1, 10);
  operation(2, 20);
  matcher.onLongReply(reply(1, 7n), 5_000);
  expect(calls).toEqual([`1 too long: 5000 > ${MAX_REPLY_BYTES}`, "answered 10 with zxid 0:7"]);
  expect(() => matcher.onLongReply(reply(9), 5_000)).toThrow(/longer than maxReplyBytes \(1000\)/);
});
