import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameDecoder } from "../frame-decoder.js";
import { type RecordedStream, streams } from "../golden/quorum-recording.js";
import { JuteReader } from "../jute-reader.js";
import { ProtocolError } from "../protocol-error.js";
import { commitAndActivate, informAndActivate } from "./activation.js";
import { ElectionHelloDecoder } from "./election-hello.js";
import { forwardedRequest } from "./forwarded-request.js";
import { MAX_ELECTION_FRAME_BYTES, readNotification } from "./notification.js";
import { PacketType } from "./packet-type.js";
import type { QuorumPacket } from "./quorum-packet.js";
import { QuorumPacketDecoder } from "./quorum-packet-decoder.js";
import { epochAck, leaderInfo, learnerInfo, newLeader } from "./registration.js";
import { revalidation, revalidationReply, sessionTouches } from "./session-packets.js";

const codecs: Readonly<Record<number, readonly { decode(data: Uint8Array | null): unknown }[]>> = {
  [PacketType.FOLLOWERINFO]: [learnerInfo],
  [PacketType.OBSERVERINFO]: [learnerInfo],
  [PacketType.LEADERINFO]: [leaderInfo],
  [PacketType.ACKEPOCH]: [epochAck],
  [PacketType.NEWLEADER]: [newLeader],
  [PacketType.REQUEST]: [forwardedRequest],
  [PacketType.REVALIDATE]: [revalidation, revalidationReply],
  [PacketType.PING]: [sessionTouches],
  [PacketType.COMMITANDACTIVATE]: [commitAndActivate],
  [PacketType.INFORMANDACTIVATE]: [informAndActivate],
};

/** Runs a decoder; returns false if it refuses the bytes by a ProtocolError, and fails on any other error. */
function accepts(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return false;
  }
}

function readPackets(chunks: readonly Uint8Array[]): boolean {
  const onPacket = ({ type, data }: QuorumPacket) => {
    for (const codec of codecs[type] ?? []) accepts(() => codec.decode(data));
  };
  const decoder = new QuorumPacketDecoder({ maxDataBytes: 1 << 20, onPacket, onSnapshotBytes() {} });
  return accepts(() => {
    for (const chunk of chunks) decoder.push(chunk);
  });
}

function readElection(chunks: readonly Uint8Array[], isDialed: boolean): boolean {
  const hello = new ElectionHelloDecoder();
  const frames = new FrameDecoder({ maxFrameBytes: MAX_ELECTION_FRAME_BYTES });
  let isAwaited = isDialed;
  let isAccepted = true;
  const onFrame = (bytes: Uint8Array, start: number, end: number) => {
    isAccepted &&= accepts(() => readNotification(new JuteReader(bytes, start, end)));
  };
  const whole = accepts(() => {
    for (const chunk of chunks) {
      const received = isAwaited ? hello.push(chunk) : { rest: chunk };
      if (received === undefined) continue;
      isAwaited = false;
      frames.push(received.rest, onFrame);
    }
  });
  return whole && isAccepted;
}

const read = ({ kind }: RecordedStream, chunks: readonly Uint8Array[]) =>
  kind === "packets" ? readPackets(chunks) : readElection(chunks, kind === "dialed");

const int32 = fc.constantFrom(-1, -2, -0x80000000, 0x7fffffff, 0x00ffffff, 0, 1, 2, 8, 12, 20, 44);
const change = fc.oneof(
  fc.record({ kind: fc.constant("byte"), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("int"), at: fc.nat(), value: int32 }),
  fc.record({ kind: fc.constant("removal"), at: fc.nat(), value: fc.nat(9) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(bytes: Uint8Array, { kind, at, value }: Change): Uint8Array {
  const index = at % bytes.length;
  if (kind === "removal") return Uint8Array.of(...bytes.subarray(0, index), ...bytes.subarray(index + value));
  const changed = bytes.slice();
  if (kind === "byte") changed[index] = value;
  else for (let i = 0; i < 4 && index + i < changed.length; i++) changed[index + i] = value >> (24 - 8 * i);
  return changed;
}

test("recorded streams with random changes are read, or refused by a ProtocolError", () => {
  const outcomes = { accepted: 0, refused: 0 };
  const check = (index: number, changes: Change[], cut: number) => {
    const stream = streams[index]!;
    const bytes = changes.reduce(apply, stream.bytes);
    const middle = cut % bytes.length;
    const isAccepted = read(stream, [bytes.subarray(0, middle), bytes.subarray(middle)]);
    outcomes[isAccepted ? "accepted" : "refused"]++;
  };
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(fc.nat(streams.length - 1), changes, fc.nat(), check), { numRuns: 3000 });
  expect(Math.min(outcomes.accepted, outcomes.refused)).toBeGreaterThan(300);
});

test("recorded streams without changes are read", () => {
  for (const stream of streams) expect(read(stream, [stream.bytes])).toBe(true);
});

test("random bytes are read, or refused by a ProtocolError", () => {
  const check = (bytes: Uint8Array) => {
    readPackets([bytes]);
    readElection([bytes], true);
    readElection([bytes], false);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), check), { numRuns: 500 });
});

test("a packet that claims a megabyte keeps only the bytes received", () => {
  const decoder = new QuorumPacketDecoder({ maxDataBytes: 1 << 20, onPacket: () => expect.unreachable() });
  decoder.push(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0x10, 0, 0, 1, 2, 3));
  expect(decoder.buffered).toBe(19);
});
