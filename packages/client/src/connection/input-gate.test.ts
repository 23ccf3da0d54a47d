import { JuteWriter, Xid } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Sent } from "../requests/pending.js";
import { InputGate } from "./input-gate.js";
import { Unanswered } from "./unanswered.js";

const KIB = 1024;

/** An input gate that records its frames and signs of life; `isOverdue` says if the session's deadline has passed. */
const gate = () => {
  const frames: number[][] = [];
  const calls: string[] = [];
  const lengths: number[] = [];
  let signsOfLife = 0;
  const state = { isOverdue: false, isServing: true, frames, lengths, calls, signsOfLife: () => signsOfLife };
  const unanswered = new Unanswered();
  const input = new InputGate({
    maxFrameBytes: 1024 * KIB,
    unanswered,
    isServing: () => state.isServing,
    newestUnansweredMs: () => unanswered.newestSentAtMs,
    onFrame: (bytes, start, end, length) => {
      frames.push([...bytes.subarray(start, end)]);
      lengths.push(length);
    },
    onProgress: () => {
      signsOfLife += 1;
    },
    listener: {
      notified: () => {},
      // Only an answer to a request that was sent at 10 or later keeps the session.
      isOverdue: (answeredAtMs = -Infinity) => state.isOverdue && answeredAtMs < 10,
      answered: (sentAtMs) => {
        calls.push(`answered ${sentAtMs}`);
        if (sentAtMs >= 10) state.isOverdue = false;
      },
      compareClock: () => {
        calls.push("compareClock");
        state.isServing = false;
      },
    },
  });
  return { input, state, unanswered };
};
const framed = (...ints: number[]): Buffer => {
  const out = new JuteWriter();
  out.beginFrame();
  for (const int of ints) out.writeInt(int);
  out.endFrame();
  return Buffer.from(out.take());
};
const firstBytes = (frames: number[][]): number[] => frames.map((frame) => Buffer.from(frame).readInt32BE(0));

it("whole frames, and each 64 KiB of an incomplete one, are signs of life", () => {
  const { input, state } = gate();
  const long = framed(...Array.from({ length: 50_000 }, () => 7));
  input.push(framed(1));
  expect(state.signsOfLife()).toBe(1);
  input.push(long.subarray(0, 40 * KIB));
  expect(state.signsOfLife()).toBe(1);
  input.push(long.subarray(40 * KIB, 64 * KIB));
  expect(state.signsOfLife()).toBe(2);
  input.push(long.subarray(64 * KIB, 65 * KIB));
  expect(state.signsOfLife()).toBe(2);
  input.push(long.subarray(65 * KIB));
  expect(state.signsOfLife()).toBe(3);
  expect(state.frames).toHaveLength(2);
});

it("frames after the deadline are held until one of them keeps the session, and then passed on in order", () => {
  const { input, state, unanswered } = gate();
  unanswered.operations.push({ sentAtMs: 5 } as Sent);
  unanswered.operations.push({ sentAtMs: 15 } as Sent);
  state.isOverdue = true;
  const bytes = framed(Xid.notification);
  input.push(bytes);
  // The socket reuses its buffer.
  bytes.fill(0);
  input.push(framed(1));
  expect([state.frames, state.calls]).toEqual([[], ["answered 5"]]);
  input.push(framed(2));
  expect(firstBytes(state.frames)).toEqual([Xid.notification, 1, 2]);
  input.push(framed(3));
  expect(firstBytes(state.frames)).toEqual([Xid.notification, 1, 2, 3]);
  expect(state.calls).toEqual(["answered 5", "answered 15"]);
});

it("after the deadline the session expires before a frame is read if no answer can keep it", () => {
  const { input, state, unanswered } = gate();
  unanswered.pings.push(5);
  state.isOverdue = true;
  input.push(framed(Xid.ping));
  expect(state.calls).toEqual(["compareClock"]);
});

it("an answer to the handshake that arrives after the deadline is read at once", () => {
  const { input, state, unanswered } = gate();
  unanswered.pings.push(15);
  Object.assign(state, { isOverdue: true, isServing: false });
  input.push(framed(37));
  expect([firstBytes(state.frames), state.calls, state.signsOfLife()]).toEqual([[37], [], 1]);
});

it("frames that are held are passed on in order when another answer has kept the session", () => {
  const { input, state, unanswered } = gate();
  unanswered.operations.push({ sentAtMs: 15 } as Sent);
  state.isOverdue = true;
  input.push(framed(Xid.notification));
  expect(state.signsOfLife()).toBe(1);
  state.isOverdue = false;
  input.push(framed(-3));
  expect(firstBytes(state.frames)).toEqual([Xid.notification, -3]);
});

it("a frame that is too long is passed on as its header, with its length, also after the deadline", () => {
  const { input, state, unanswered } = gate();
  const long = Buffer.alloc(4 + 1_200_000);
  long.writeInt32BE(1_200_000);
  expect(() => input.push(long)).toThrow(/1048576 are allowed/);
  for (const isOverdue of [false, true]) {
    const { input: cutting, state: cut, unanswered: sent } = gate();
    cutting.cutLongReplies();
    cut.isOverdue = isOverdue;
    sent.operations.push({ sentAtMs: 15 } as Sent);
    cutting.push(long);
    expect([cut.lengths, cut.frames.map(({ length }) => length)]).toEqual([[1_200_000], [16]]);
  }
  expect([state.frames, unanswered.operations.size]).toEqual([[], 0]);
});

it("bytes that are malformed are no sign of life, unless a frame precedes them", () => {
  const { input, state } = gate();
  expect(() => input.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow();
  expect(state.signsOfLife()).toBe(0);
  const { input: other, state: after } = gate();
  expect(() => other.push(Buffer.concat([framed(1), Uint8Array.of(0xff, 0xff, 0xff, 0xff)]))).toThrow();
  expect(after.signsOfLife()).toBe(1);
});
