import { getData, JuteWriter, multiRead, OpCode, writeReplyHeader } from "@conclave/protocol";
import { expect, it } from "vitest";
import { stat } from "../../test-support/sample-replies.js";
import { ReadBatching } from "./read-batching.js";

const MIB = 1024 * 1024;
const DEFAULTS = { maxRequestBytes: MIB - 1, maxReplyBytes: 16 * MIB };

const NO_DATA = new Uint8Array();

const noted = (bytes: number, options = DEFAULTS): ReadBatching => {
  const batching = new ReadBatching(options);
  batching.note(bytes);
  return batching;
};

/** The reply to `reads` of znodes with so much data, without its length. */
const replyBytes = (reads: number, data: Uint8Array): number => {
  const out = new JuteWriter();
  writeReplyHeader(out, 1, 1n, 0);
  const result = { type: OpCode.getData, data, stat } as const;
  multiRead.writeResponse(
    out,
    Array.from({ length: reads }, () => result),
  );
  return out.length;
};

it("no reads are joined before the first reply on a connection", () => {
  expect(new ReadBatching(DEFAULTS).maxReads).toBe(0);
});

it("64 reads are joined while their replies are small", () => {
  expect(noted(172).maxReads).toBe(64);
});

it("each result of joined reads may be as long as the reply to a single read", () => {
  expect(new ReadBatching(DEFAULTS).longestReplyBytes).toBe(64 * (16 * MIB + 9) + 25);
  // A frame cannot be longer.
  expect(new ReadBatching({ ...DEFAULTS, maxReplyBytes: 100 * MIB }).longestReplyBytes).toBe(2 ** 31 - 1);
});

it("reads are joined from the start without a question, and otherwise after the answer to it", () => {
  const asked: string[] = [];
  const support = { ask: () => void asked.push("ask"), refused: () => void asked.push("refused") };
  const state = ({ isOn, isUndecided }: ReadBatching) => ({ isOn, isUndecided });
  const always = new ReadBatching(DEFAULTS);
  expect([state(always), always.refused()]).toEqual([{ isOn: true, isUndecided: false }, false]);
  const batching = new ReadBatching(DEFAULTS, support);
  expect(state(batching)).toEqual({ isOn: false, isUndecided: true });
  batching.ask();
  expect(state(batching)).toEqual({ isOn: false, isUndecided: false });
  batching.turnOn();
  expect(state(batching)).toEqual({ isOn: true, isUndecided: false });
  expect(batching.refused()).toBe(true);
  expect(asked).toEqual(["ask", "refused"]);
});

it.each([100_000, MIB - 1, 3 * MIB, 20 * MIB, 40 * MIB, 100 * MIB])(
  "the longest possible reply to joined reads is accepted if a znode may have %i bytes",
  (maxRequestBytes) => {
    const { maxReads, longestReplyBytes } = noted(172, { ...DEFAULTS, maxRequestBytes });
    const [empty, one] = [replyBytes(0, NO_DATA), replyBytes(1, NO_DATA)];
    const worst = (reads: number): number => empty + reads * (one - empty + maxRequestBytes);
    expect(worst(maxReads)).toBeLessThanOrEqual(longestReplyBytes);
    if (maxReads < 64) expect(worst(maxReads + 1)).toBeGreaterThan(65 * MIB);
  },
);

it("fewer reads are joined, or none, while replies are large", () => {
  expect(noted(8 * 1024).maxReads).toBe(8);
  expect(noted(40 * 1024).maxReads).toBe(1);
  expect(noted(3 * MIB).maxReads).toBe(0);
});

it("the number of joined reads falls with a large reply at once, and rises again over two hundred small ones", () => {
  const batching = noted(172);
  batching.note(3 * MIB);
  expect(batching.maxReads).toBe(0);
  for (let small = 0; small < 10; small++) batching.note(172);
  expect(batching.maxReads).toBe(0);
  for (let small = 0; small < 200; small++) batching.note(172);
  expect(batching.maxReads).toBe(64);
});

it("the reply to a single read is measured like one result of a batch", () => {
  const data = new Uint8Array(10);
  const alone = new JuteWriter();
  getData.writeResponse(alone, { data, stat });
  expect(replyBytes(3, data) - replyBytes(2, data)).toBe(alone.length + 9);
});

it("reads are joined again when many small replies have followed a large one", () => {
  const batching = noted(64 * 1024);
  for (let reply = 0; reply < 300; reply++) batching.note(2_000);
  expect(batching.maxReads).toBe(32);
});

it("two of the largest znodes are not joined if the bytes around them exceed the longest reply", () => {
  const halfWithoutStat = (65 * MIB) / 2 - 81;
  expect(noted(10, { ...DEFAULTS, maxRequestBytes: halfWithoutStat }).maxReads).toBe(1);
  expect(noted(10, { ...DEFAULTS, maxRequestBytes: halfWithoutStat - 100 }).maxReads).toBe(2);
});
