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
  let signsOfLife = 0;
  const state = { isOverdue: false, isServing: true, frames, calls, signsOfLife: () => signsOfLife };
  const unanswered = new Unanswered();
  const input = new InputGate({
    maxFrameBytes: 1024 * KIB,
    unanswered,
    isServing: () => state.isServing,
    newestUnansweredMs: () => unanswered.newestSentAtMs,
    onFrame: (bytes, start, end) => void frames.push([...bytes.subarray(start, end)]),
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
