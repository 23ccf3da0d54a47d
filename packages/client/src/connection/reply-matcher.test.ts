import {
  ErrorCode,
  EventType,
  JuteReader,
  JuteWriter,
  OpCode,
  ProtocolError,
  writeReplyHeader,
  writeWatcherEvent,
  Xid,
} from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Sent } from "../requests/pending.js";
import { ReadBatch } from "./read-batch.js";
import { ReadBatching } from "./read-batching.js";
import { ReplyMatcher } from "./reply-matcher.js";
import { Unanswered } from "./unanswered.js";

const MAX_REPLY_BYTES = 1_000;
const batching = new ReadBatching({ maxRequestBytes: 1_000_000, maxReplyBytes: MAX_REPLY_BYTES });

/** A matcher that records the calls that it makes. */
const matching = ({ joinsReads }: { readonly joinsReads: ReadBatching | undefined } = { joinsReads: batching }) => {
  const calls: string[] = [];
  const unanswered = new Unanswered();
  const matcher = new ReplyMatcher({
    unanswered,
    batching: joinsReads,
    maxReplyBytes: MAX_REPLY_BYTES,
    listener: {
      notified: ({ type, path }) => void calls.push(`event ${type} at ${path}`),
      answered: (sentAtMs, high, low) => void calls.push(`answered ${sentAtMs} with zxid ${high}:${low}`),
      isOverdue: () => false,
      compareClock: () => {},
    },
  });
  const operation = (xid: number, sentAtMs: number, type: number = OpCode.create): void => {
    unanswered.operations.push({
      xid,
      sentAtMs,
      type,
      resolveFrom: () => void calls.push(`${xid} resolved`),
      rejectWith: (errno: number) => void calls.push(`${xid} rejected with ${errno}`),
      rejectTooLong: (bytes: number, max: number) => void calls.push(`${xid} too long: ${bytes} > ${max}`),
      failWith: () => {},
    } as Sent);
  };
  return { matcher, unanswered, operation, calls };
};
const reply = (xid: number, zxid = 0n, errno: number = ErrorCode.OK, bodyBytes = 0): JuteReader => {
  const out = new JuteWriter();
  writeReplyHeader(out, xid, zxid, errno);
  out.writeRaw(new Uint8Array(bodyBytes));
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
  ["a reply with the xid 0", 0, /xid 0, but the next reply must have the xid 1/],
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

it("a reply while no request is unanswered is malformed", () => {
  const { matcher } = matching();
  const message = "the server sent a reply with the xid 1, but no request is unanswered";
  expect(() => matcher.onReply(reply(1))).toThrow(expect.objectContaining({ reason: "malformed", message }));
  expect(() => matcher.onReply(reply(1))).toThrow(ProtocolError);
});

it("the answer to restored watches settles them as an operation", () => {
  const { matcher, operation, calls } = matching();
  operation(Xid.setWatches, 10);
  matcher.onReply(reply(Xid.setWatches, 3n));
  expect(calls).toEqual([`${Xid.setWatches} resolved`, "answered 10 with zxid 0:3"]);
});

it("the event of a watch is passed on, and answers nothing", () => {
  const { matcher, operation, calls } = matching();
  operation(1, 10);
  const out = new JuteWriter();
  writeReplyHeader(out, Xid.notification, 9n, ErrorCode.OK);
  writeWatcherEvent(out, { type: EventType.NODE_CREATED, state: 3, path: "/a" });
  matcher.onReply(new JuteReader(out.take()));
  expect(calls).toEqual([`event ${EventType.NODE_CREATED} at /a`]);
});

it("the answers to pings report the send times of the pings, in their order, without a zxid", () => {
  const { matcher, unanswered, calls } = matching();
  unanswered.pings.push(10, 20);
  matcher.onReply(reply(Xid.ping, 7n));
  matcher.onReply(reply(Xid.ping, 7n));
  expect(calls).toEqual(["answered 10 with zxid 0:0", "answered 20 with zxid 0:0"]);
});

it("the answers to credentials are passed on in their order", () => {
  const { matcher, unanswered, calls } = matching();
  unanswered.credentials.push((errno) => calls.push(`first ${errno}`));
  unanswered.credentials.push((errno) => calls.push(`second ${errno}`));
  matcher.onReply(reply(Xid.auth));
  matcher.onReply(reply(Xid.auth, 0n, ErrorCode.AUTH_FAILED));
  expect(calls).toEqual(["first 0", `second ${ErrorCode.AUTH_FAILED}`]);
});

it("only successful replies to getData count as sizes of reads", () => {
  const noted = (type: number, errno: number): number => {
    const sizes = new ReadBatching({ maxRequestBytes: 1_000, maxReplyBytes: MAX_REPLY_BYTES });
    const { matcher, operation } = matching({ joinsReads: sizes });
    operation(1, 10, type);
    matcher.onReply(reply(1, 0n, errno, 6_553));
    return sizes.maxReads;
  };
  expect(noted(OpCode.getData, ErrorCode.OK)).toBe(10);
  expect(noted(OpCode.getData, ErrorCode.NO_NODE)).toBe(0);
  expect(noted(OpCode.exists, ErrorCode.OK)).toBe(0);
});

it("without joined reads no reply may be longer than maxReplyBytes", () => {
  const { matcher, operation, calls } = matching({ joinsReads: undefined });
  operation(1, 10, OpCode.getData);
  expect([MAX_REPLY_BYTES, MAX_REPLY_BYTES + 1].map((length) => matcher.isTooLong(length))).toEqual([false, true]);
  matcher.onReply(reply(1));
  expect(calls[0]).toBe("1 resolved");
});

it("a reply that is too long while no request is unanswered ends the connection", () => {
  const { matcher } = matching();
  expect(() => matcher.onLongReply(reply(1), 5_000)).toThrow(
    expect.objectContaining({
      reason: "oversized",
      message: "a frame of 5000 bytes is longer than maxReplyBytes (1000), and is not the expected reply",
    }),
  );
});

it("an operation with a reply that is too long is not answered again", () => {
  const { matcher, unanswered, operation } = matching();
  operation(1, 10);
  matcher.onLongReply(reply(1), 5_000);
  expect(unanswered.operations.size).toBe(0);
});

it("a reply that is too long is noted as the size of a znode only if it answers getData, and needs no joined reads", () => {
  const joinsReads = new ReadBatching({ maxRequestBytes: 1_000, maxReplyBytes: MAX_REPLY_BYTES });
  joinsReads.note(10);
  const { matcher, operation } = matching({ joinsReads });
  operation(1, 10, OpCode.getChildren);
  matcher.onLongReply(reply(1), 100_000);
  expect(joinsReads.maxReads).toBe(64);
  operation(2, 20, OpCode.getData);
  matcher.onLongReply(reply(2), 100_000);
  expect(joinsReads.maxReads).toBe(0);
  const alone = matching({ joinsReads: undefined });
  alone.operation(1, 10, OpCode.getData);
  alone.matcher.onLongReply(reply(1, 7n), 5_000);
  expect(alone.calls.at(-1)).toBe("answered 10 with zxid 0:7");
});
