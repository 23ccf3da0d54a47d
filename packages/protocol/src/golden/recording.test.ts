import { describe, expect, test } from "vitest";
import { ErrorCode } from "../error-code.js";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import { create } from "../operations/create.js";
import { expectedValue } from "./expected-value.js";
import { frameCodec, operations } from "./frame-codec.js";
import { toHex } from "./hex.js";
import { hasPair, isOneWay, type RecordedFrame, recording } from "./recording.js";

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

  test("with a surrogate pair is written and read as by Java, which reads other text than it wrote", () => {
    const [frame] = recording.filter(hasPair);
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
  const typesOf = ({ record }: RecordedFrame) =>
    (record as { header: { type: number } }[]).map(({ header }) => header.type);
  const itemTypes = (kind: string, from: string) =>
    new Set(recording.filter((frame) => frame.kind === kind && frame.from === from).flatMap(typesOf));
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

  test("has every kind of item in a multi, successful and failed", () => {
    const { create: plain, create2, createContainer, createTTL, check, setData, delete: gone, error } = OpCode;
    const sent = new Set([plain, setData, check, gone, create2, createContainer, createTTL]);
    expect(itemTypes("multi", "client")).toStrictEqual(sent);
    expect(itemTypes("multi", "server")).toStrictEqual(new Set([plain, setData, check, gone, error, create2]));
  });

  test("has every kind of item in a multiRead, successful and failed", () => {
    const { getData, getChildren, error } = OpCode;
    expect(itemTypes("multiRead", "client")).toStrictEqual(new Set([getData, getChildren]));
    expect(itemTypes("multiRead", "server")).toStrictEqual(new Set([getData, getChildren, error]));
  });

  test("shows that a multi answers containers and znodes with TTL as create2, and a create2 as create", () => {
    const results = (step: string) =>
      recording.filter((frame) => frame.step === step && frame.from === "server").flatMap(typesOf);
    expect(results("multi: createContainer, createTTL")).toStrictEqual([OpCode.create2, OpCode.create2]);
    expect(results("multi: create2")).toStrictEqual([OpCode.create, OpCode.setData]);
  });

  test("has refusals of the less common operations", () => {
    const refused = recording.filter(({ from, header }) => from === "server" && Number(header?.err ?? 0) !== 0);
    const codes = (kind: string) =>
      new Set(refused.filter((frame) => frame.kind === kind).map(({ header }) => header!.err));
    expect(codes("getACL")).toStrictEqual(new Set([ErrorCode.NO_NODE, ErrorCode.NO_AUTH]));
    expect(codes("setACL")).toStrictEqual(
      new Set([ErrorCode.NO_AUTH, ErrorCode.NO_NODE, ErrorCode.BAD_VERSION, ErrorCode.INVALID_ACL]),
    );
    expect(codes("createContainer")).toStrictEqual(new Set([ErrorCode.NODE_EXISTS]));
    expect(codes("createTTL")).toStrictEqual(new Set([ErrorCode.NO_NODE, ErrorCode.BAD_ARGUMENTS]));
    expect(codes("getAllChildrenNumber")).toStrictEqual(new Set([ErrorCode.NO_NODE, ErrorCode.NO_AUTH]));
    expect(codes("checkWatches")).toStrictEqual(new Set([ErrorCode.NO_WATCHER]));
    expect(codes("removeWatches")).toStrictEqual(new Set([ErrorCode.NO_WATCHER, ErrorCode.MARSHALLING_ERROR]));
    expect(codes("addWatch")).toStrictEqual(new Set([ErrorCode.MARSHALLING_ERROR]));
    expect(codes("sasl")).toStrictEqual(new Set([ErrorCode.AUTH_FAILED]));
    expect(codes("reconfig")).toStrictEqual(
      new Set([
        ErrorCode.RECONFIG_DISABLED,
        ErrorCode.BAD_VERSION,
        ErrorCode.BAD_ARGUMENTS,
        ErrorCode.NEW_CONFIG_NO_QUORUM,
      ]),
    );
  });

  test("shows that a client without ADMIN reads x instead of a digest", () => {
    const [reply] = recording.filter(({ step, from }) => step === "getACL: a digest, by a reader" && from === "server");
    const { acl } = reply!.record as { acl: { id: { id: string } }[] };
    expect(acl.map(({ id }) => id.id)).toStrictEqual(["anyone", "alice:x"]);
  });

  test("shows that a persistent watch stays, and a recursive one reports no changes of children lists", () => {
    const events = (step: string) =>
      recording
        .filter((frame) => frame.kind === "event" && frame.step.startsWith(step))
        .map(({ record }) => {
          const { type, path } = record as { type: number; path: string };
          return `${type} ${path}`;
        });
    expect(events("persistent watch: NodeCreated")).toStrictEqual(["1 /p", "3 /p", "4 /p", "4 /p", "2 /p"]);
    expect(events("persistent recursive watch")).toStrictEqual(["1 /r/x", "1 /r/x/y", "3 /r/x/y", "2 /r/x/y"]);
  });

  test("shows that setWatches2 reports no changes that a persistent watch missed", () => {
    const events = recording.filter(
      ({ kind, step }) => kind === "event" && step === "setWatches2: the client comes back",
    );
    expect(events.map(({ record }) => (record as { path: string }).path)).toStrictEqual(["/r"]);
  });

  test("has every type of event that servers send", () => {
    const events = recording
      .filter(({ kind }) => kind === "event")
      .map(({ record }) => (record as { type: number }).type);
    expect(new Set(events)).toStrictEqual(new Set([1, 2, 3, 4]));
  });

  test("shows that an event precedes the reply to the change that caused it", () => {
    const frames = recording.filter(
      ({ step, from }) => step === "watch: an own change, event before reply" && from === "server",
    );
    expect(frames.map(({ kind }) => kind)).toStrictEqual(["getData", "event", "setData"]);
  });

  test("shows that the reply to setWatches repeats the xid of Java's client, which is not -8", () => {
    const frames = recording.filter(({ kind }) => kind === "setWatches");
    const [asked, answered] = frames.map(({ header }) => header!.xid as number);
    expect(asked).toBeGreaterThan(0);
    expect(answered).toBe(asked);
  });
});
