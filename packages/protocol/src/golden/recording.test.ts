import { describe, expect, test } from "vitest";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import { create } from "../operations/create.js";
import { expectedValue } from "./expected-value.js";
import { frameCodec, operations } from "./frame-codec.js";
import { toHex } from "./hex.js";
import { isOneWay, type RecordedFrame, recording } from "./recording.js";

const cases = recording.map((frame, i) => ({ title: `${i} ${frame.kind} of the ${frame.from}, ${frame.step}`, frame }));

describe("a frame of Apache ZooKeeper", () => {
  test.each(cases)("reads as Java reads it: $title", ({ frame }) => {
    const input = new JuteReader(frame.bytes);
    expect(frameCodec(frame.from, frame.kind).read(input)).toStrictEqual(expectedValue(frame));
    expect(input.remaining).toBe(0);
  });

  test.each(cases.filter(({ frame }) => !isOneWay(frame)))("is written with the same bytes: $title", ({ frame }) => {
    const out = new JuteWriter();
    frameCodec(frame.from, frame.kind).write(out, expectedValue(frame));
    expect(toHex(out.peek())).toBe(toHex(frame.bytes));
  });

  test("with a surrogate pair is written as Java writes it, and read as Java reads it: not what was written", () => {
    const [frame] = recording.filter(isOneWay);
    const body = new JuteReader(frame!.bytes, 8);
    const request = create.readRequest(body);
    expect(request.acl[0]!.id.id).toBe("b\ufffd\ufffdb:x=");
    const out = new JuteWriter();
    const id = { scheme: "digest", id: "b\u{1f600}b:x=" };
    create.writeRequest(out, { ...request, acl: [{ permissions: 31, id }] });
    expect(toHex(out.peek())).toBe(toHex(frame!.bytes.subarray(8)));
  });
});

describe("the recording", () => {
  const has = (wanted: Partial<RecordedFrame>) =>
    recording.some((frame) =>
      Object.entries(wanted).every(([key, value]) => frame[key as keyof typeof frame] === value),
    );

  test.each(operations.filter(({ name }) => name !== "check"))("has $name in both directions", ({ name }) => {
    expect(has({ kind: name, from: "client" })).toBe(true);
    expect(has({ kind: name, from: "server" })).toBe(true);
  });

  test("has handshakes with and without the readOnly byte", () => {
    const lengths = (from: string) =>
      new Set(
        recording.filter((frame) => frame.kind === "connect" && frame.from === from).map(({ bytes }) => bytes.length),
      );
    expect(lengths("client")).toStrictEqual(new Set([44, 45]));
    expect(lengths("server")).toStrictEqual(new Set([36, 37]));
  });

  test("has every kind of item in a multi, done and failed", () => {
    const types = (from: string) =>
      new Set(
        recording
          .filter((frame) => frame.kind === "multi" && frame.from === from)
          .flatMap(({ record }) => (record as { header: { type: number } }[]).map(({ header }) => header.type)),
      );
    const { create: plain, create2, check, setData, delete: gone, error } = OpCode;
    expect(types("client")).toStrictEqual(new Set([plain, setData, check, gone, create2]));
    expect(types("server")).toStrictEqual(new Set([plain, setData, check, gone, error]));
  });

  test("has every type of event that servers send", () => {
    const events = recording
      .filter(({ kind }) => kind === "event")
      .map(({ record }) => (record as { type: number }).type);
    expect(new Set(events)).toStrictEqual(new Set([1, 2, 3, 4]));
  });

  test("shows that events stand before the reply of the change that caused them", () => {
    const frames = recording.filter(
      ({ step, from }) => step === "watch: an own change, event before reply" && from === "server",
    );
    expect(frames.map(({ kind }) => kind)).toStrictEqual(["getData", "event", "setData"]);
  });

  test("shows that the reply to setWatches repeats the xid that Java's client gave it, which is not -8", () => {
    const frames = recording.filter(({ kind }) => kind === "setWatches");
    const [asked, answered] = frames.map(({ header }) => header!.xid as number);
    expect(asked).toBeGreaterThan(0);
    expect(answered).toBe(asked);
  });
});
