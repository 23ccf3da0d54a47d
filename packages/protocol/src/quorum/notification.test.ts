import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder } from "../frame-decoder.js";
import { fromHex, toHex } from "../golden/hex.js";
import { notificationWithoutConfig, type RecordedStream, streams } from "../golden/quorum-recording.js";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { ElectionHelloDecoder } from "./election-hello.js";
import {
  MAX_ELECTION_FRAME_BYTES,
  NOTIFICATION_VERSION,
  type Notification,
  readNotification,
  type SentNotification,
  writeNotification,
} from "./notification.js";

function encode(notification: SentNotification): Uint8Array {
  const out = new JuteWriter();
  writeNotification(out, notification);
  return out.take();
}

const decode = (bytes: Uint8Array) => readNotification(new JuteReader(bytes));

/** By their numbers. */
const STATES = ["looking", "following", "leading", "observing"] as const;

const refusal = (reason: string, message: string) =>
  expect.objectContaining({ name: "ProtocolError", reason, message: expect.stringContaining(message) });

const vote: SentNotification = {
  state: "leading",
  leader: 3n,
  zxid: 0x5_0000_0007n,
  electionEpoch: 9n,
  peerEpoch: 6n,
  config: "version=0",
};

/** The frames of an election connection, without lengths. */
function framesOf({ kind, bytes }: RecordedStream): Uint8Array[] {
  const rest = kind === "dialed" ? new ElectionHelloDecoder().push(bytes)!.rest : bytes;
  const frames: Uint8Array[] = [];
  const decoder = new FrameDecoder({ maxFrameBytes: MAX_ELECTION_FRAME_BYTES });
  decoder.push(rest, (frame, start, end) => frames.push(frame.slice(start, end)));
  expect(decoder.buffered).toBe(0);
  return frames;
}

describe("the notifications of Apache's servers", () => {
  const connections = streams.filter(({ kind }) => kind !== "packets");
  const notificationsOf = ({ items }: RecordedStream) => items.filter(({ state }) => state !== undefined);
  const described = ({ state, leader, zxid, electionEpoch, peerEpoch, version, config }: Notification) => ({
    state: STATES.indexOf(state),
    ...{ leader: String(leader), zxid: String(zxid) },
    ...{ electionEpoch: String(electionEpoch), peerEpoch: String(peerEpoch) },
    ...{ version, config },
  });

  test.each(connections)("are read as Java reads them: $name", (stream) => {
    expect(framesOf(stream).map((frame) => described(decode(frame)))).toStrictEqual(notificationsOf(stream));
  });

  test.each(connections)("are written with the same bytes: $name", (stream) => {
    for (const frame of framesOf(stream)) {
      const { version, config, ...rest } = decode(frame);
      expect(version).toBe(NOTIFICATION_VERSION);
      expect(toHex(encode({ ...rest, config: config! }))).toBe(toHex(frame));
    }
  });

  test("show a server that looks, follows and leads, and an observer that may not vote", () => {
    const all = connections.flatMap(framesOf).map(decode);
    expect(new Set(all.map(({ state }) => state))).toStrictEqual(new Set(STATES.slice(0, 3)));
    const observer = all.find(({ leader }) => leader < 0n)!;
    expect([observer.leader, observer.zxid, observer.peerEpoch]).toStrictEqual(new Array(3).fill(-(2n ** 63n)));
  });

  test("before 3.5 have no configuration, and their last int is not read", () => {
    const { config: _, ...rest } = vote;
    expect(decode(notificationWithoutConfig)).toStrictEqual({ ...rest, version: 0, config: undefined });
    expect(decode(notificationWithoutConfig.with(39, 7)).version).toBe(0);
  });

  test("before 3.4 have no epoch: it is that of the zxid", () => {
    const old = decode(notificationWithoutConfig.subarray(0, 28));
    expect(old).toStrictEqual({ ...vote, peerEpoch: 5n, version: 0, config: undefined });
    const negative = encode({ ...vote, zxid: -1n }).subarray(0, 28);
    expect(decode(negative).peerEpoch).toBe(-1n);
  });
});

describe("a notification", () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const sent = fc.record(
    {
      state: fc.constantFrom(...STATES),
      ...{ leader: long, zxid: long, electionEpoch: long, peerEpoch: long },
      config: fc.string({ unit: "grapheme" }),
    },
    { noNullPrototype: true },
  );

  test("is read as it was written", () => {
    const check = (notification: SentNotification) => {
      expect(decode(encode(notification))).toStrictEqual({ ...notification, version: 2 });
    };
    fc.assert(fc.property(sent, check));
  });

  test("of a later version is read without the bytes after the configuration", () => {
    const bytes = encode(vote);
    bytes[39] = 3;
    expect(decode(Uint8Array.of(...bytes, 1, 2, 3))).toStrictEqual({ ...vote, version: 3 });
  });

  test.each([0, 1, 27, 29, 36, 39, 41, 43])("of %i bytes is refused", (length) => {
    const message = length < 28 || length > 28 ? `a notification of ${length} bytes` : "";
    expect(() => decode(encode(vote).subarray(0, length))).toThrow(refusal("malformed", message));
  });

  test.each(["ffffffff", "00000004", "80000000", "7fffffff"])("with the state %s is refused", (state) => {
    for (const length of [28, 40, 53]) {
      const bytes = Uint8Array.of(...fromHex(state), ...encode(vote).subarray(4, length));
      expect(() => decode(bytes)).toThrow(refusal("malformed", "a notification with state"));
    }
  });

  test.each(["00000000", "00000001", "ffffffff", "80000000"])(
    "with a configuration and version %s is refused",
    (hex) => {
      const bytes = encode(vote);
      bytes.set(fromHex(hex), 36);
      expect(() => decode(bytes)).toThrow(refusal("malformed", "a notification of version"));
    },
  );

  test.each([
    ["ffffffff", "malformed", "a null configuration"],
    ["fffffffe", "malformed", "a buffer of -2 bytes"],
    ["80000000", "malformed", "a buffer of -2147483648 bytes"],
    ["7fffffff", "truncated", "2147483647 bytes needed, 9 left"],
    ["0000000a", "truncated", "10 bytes needed, 9 left"],
  ])("with a configuration of the length %s is refused", (length, reason, message) => {
    const bytes = encode(vote);
    bytes.set(fromHex(length), 40);
    expect(() => decode(bytes)).toThrow(refusal(reason, message));
  });

  test("may have an empty configuration", () => {
    expect(decode(encode({ ...vote, config: "" })).config).toBe("");
  });
});
