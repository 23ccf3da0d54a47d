import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../golden/hex.js";
import { type RecordedItem, type RecordedStream, streams } from "../golden/quorum-recording.js";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import { forwardedRequest } from "./forwarded-request.js";
import { PacketType } from "./packet-type.js";
import {
  type QuorumPacket,
  readSnapshotSignature,
  writeQuorumPacket,
  writeSnapshotSignature,
} from "./quorum-packet.js";
import { QuorumPacketDecoder } from "./quorum-packet-decoder.js";

const MAX = 1 << 20;
const SIGNATURE_BYTES = 14;

interface Decoded {
  readonly packets: QuorumPacket[];
  readonly snapshots: string[];
}

/** Decodes chunks that are cut anywhere; snapshots are `snapshotBytes` long, signature included. */
function decode(chunks: Iterable<Uint8Array>, snapshotBytes = 0): Decoded {
  const packets: QuorumPacket[] = [];
  const snapshots: string[] = [];
  let snapshot: number[] = [];
  const decoder = new QuorumPacketDecoder({
    maxDataBytes: MAX,
    onPacket: (packet) => packets.push({ ...packet, data: packet.data?.slice() ?? null }),
    onSnapshotBytes(bytes) {
      const left = snapshotBytes - snapshot.length;
      snapshot.push(...bytes.subarray(0, left));
      if (snapshot.length < snapshotBytes) return;
      snapshots.push(toHex(Uint8Array.from(snapshot)));
      snapshot = [];
      decoder.endSnapshot(bytes.subarray(left));
    },
  });
  for (const chunk of chunks) {
    const copy = chunk.slice();
    decoder.push(copy);
    // The caller may reuse it.
    copy.fill(0xee);
  }
  expect([decoder.buffered, decoder.inSnapshot]).toStrictEqual([0, false]);
  return { packets, snapshots };
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Iterable<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

const byteByByte = (bytes: Uint8Array) => cut(bytes, new Array(bytes.length).fill(1));

function encode(packets: readonly QuorumPacket[]): Uint8Array {
  const out = new JuteWriter();
  for (const packet of packets) writeQuorumPacket(out, packet);
  return out.take();
}

/** The packet as it is, with data in hex, and no identities for null as Java describes it. */
const described = ({ type, zxid, data, authInfo }: QuorumPacket): RecordedItem => ({
  type,
  zxid: String(zxid),
  data: data && toHex(data),
  authinfo: authInfo ?? [],
});

const record = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(shape, { noNullPrototype: true }) as fc.Arbitrary<T>;
const somePackets = fc.array(
  record<QuorumPacket>({
    type: fc.oneof(
      fc.constantFrom(...Object.values(PacketType)).filter((type) => type !== PacketType.SNAP),
      fc.constantFrom(0, -1, 20),
    ),
    zxid: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-1n, 0n, 1n << 32n)),
    data: fc.option(fc.uint8Array({ maxLength: 60 })),
    authInfo: fc.option(
      fc.array(record({ scheme: fc.constantFrom("ip", "", "digest"), id: fc.string({ maxLength: 20 }) }), {
        maxLength: 3,
      }),
    ),
  }),
  { maxLength: 8 },
);

describe("a stream between members of an Apache ensemble", () => {
  const recorded = streams.filter(({ kind }) => kind === "packets");
  const packetsOf = ({ items }: RecordedStream) => items.filter(({ type }) => type !== undefined);
  const snapshotBytesOf = ({ items }: RecordedStream) =>
    (items.find((item) => item.snapshotBytes)?.snapshotBytes ?? 0) + SIGNATURE_BYTES;

  test.each(recorded)("is read as Java reads it, in one chunk and byte by byte: $name", (stream) => {
    for (const chunks of [[stream.bytes], byteByByte(stream.bytes)]) {
      const { packets } = decode(chunks, snapshotBytesOf(stream));
      expect(packets.map(described)).toStrictEqual(packetsOf(stream));
    }
  });

  test.each(recorded)("is written with the same bytes: $name", (stream) => {
    const { packets, snapshots } = decode([stream.bytes], snapshotBytesOf(stream));
    const written = packets.map((packet) => {
      const snapshot = packet.type === PacketType.SNAP ? snapshots.shift()! : "";
      return toHex(encode([packet])) + snapshot;
    });
    expect(written.join("")).toBe(toHex(stream.bytes));
  });

  test("carries a snapshot that ends with the signature", () => {
    const stream = recorded.find(({ items }) => items.some(({ snapshotBytes }) => snapshotBytes))!;
    const { snapshots } = decode([stream.bytes], snapshotBytesOf(stream));
    expect(snapshots).toHaveLength(1);
    const out = new JuteWriter();
    writeSnapshotSignature(out);
    expect(snapshots[0]!.slice(-2 * SIGNATURE_BYTES)).toBe(toHex(out.peek()));
    readSnapshotSignature(new JuteReader(fromHex(snapshots[0]!), snapshotBytesOf(stream) - SIGNATURE_BYTES));
  });

  test("has identities in the requests of clients only, and null in all other packets", () => {
    for (const stream of recorded) {
      const { packets } = decode([stream.bytes], snapshotBytesOf(stream));
      for (const { type, data, authInfo } of packets) {
        const isRequest = type === PacketType.REQUEST && forwardedRequest.decode(data).type !== OpCode.createSession;
        expect(authInfo !== null).toBe(isRequest);
      }
    }
  });
});

describe("packets", () => {
  test("are the same wherever the chunks end", () => {
    const check = (packets: QuorumPacket[], lengths: number[]) => {
      const bytes = encode(packets);
      expect(decode([bytes]).packets).toStrictEqual(packets);
      expect(decode(byteByByte(bytes)).packets).toStrictEqual(packets);
      expect(decode(cut(bytes, lengths)).packets).toStrictEqual(packets);
    };
    fc.assert(fc.property(somePackets, fc.array(fc.nat(30)), check), { numRuns: 500 });
  });

  test("that lie whole in a chunk have views of it as data, and those that span chunks have buffers of their own", () => {
    const seen: (Uint8Array | null)[] = [];
    const decoder = new QuorumPacketDecoder({ maxDataBytes: MAX, onPacket: ({ data }) => seen.push(data) });
    const packet = { type: PacketType.PROPOSAL, zxid: 1n, data: fromHex("aabb"), authInfo: null };
    const chunk = encode([packet, packet]);
    decoder.push(chunk);
    decoder.push(chunk.subarray(0, 17));
    expect(decoder.buffered).toBe(17);
    decoder.push(chunk.subarray(17));
    expect(seen.map((data) => data!.buffer === chunk.buffer)).toStrictEqual([true, true, false, true]);
    expect(seen.map((data) => toHex(data!))).toStrictEqual(["aabb", "aabb", "aabb", "aabb"]);
  });
});

describe("a snapshot in the stream", () => {
  const snap = { type: PacketType.SNAP, zxid: 7n, data: null, authInfo: null };
  const newLeader = { type: PacketType.NEWLEADER, zxid: 1n << 32n, data: fromHex("01"), authInfo: null };

  test("is passed on in parts as they come, until it is ended with the bytes after it", () => {
    const events: string[] = [];
    const decoder = new QuorumPacketDecoder({
      maxDataBytes: MAX,
      onPacket: ({ type }) => events.push(`packet ${type} ${decoder.inSnapshot}`),
      onSnapshotBytes: (bytes) => events.push(toHex(bytes)),
    });
    decoder.push(Uint8Array.of(...encode([snap]), 1, 2));
    decoder.push(new Uint8Array(0));
    const tail = encode([newLeader, newLeader]);
    decoder.push(Uint8Array.of(3, ...tail.subarray(0, 30)));
    decoder.endSnapshot(tail.subarray(0, 30));
    decoder.push(tail.subarray(30));
    const both = `03${toHex(tail.subarray(0, 30))}`;
    expect(events).toStrictEqual(["packet 15 true", "0102", both, "packet 10 false", "packet 10 false"]);
    expect(decoder.buffered).toBe(0);
  });

  test("may be followed by another one, wherever the chunks end", () => {
    const bytes = Uint8Array.of(
      ...encode([snap]),
      1,
      2,
      3,
      ...encode([newLeader, snap]),
      4,
      5,
      6,
      ...encode([newLeader]),
    );
    const check = (lengths: number[]) => {
      const { packets, snapshots } = decode(cut(bytes, lengths), 3);
      expect(packets).toStrictEqual([snap, newLeader, snap, newLeader]);
      expect(snapshots).toStrictEqual(["010203", "040506"]);
    };
    fc.assert(fc.property(fc.array(fc.nat(30)), check), { numRuns: 300 });
  });

  test("is not expected without a receiver: the packet is one like any other", () => {
    const types: number[] = [];
    const decoder = new QuorumPacketDecoder({ maxDataBytes: MAX, onPacket: ({ type }) => types.push(type) });
    decoder.push(encode([snap, newLeader]));
    expect([types, decoder.inSnapshot]).toStrictEqual([[15, 10], false]);
  });

  test("cannot be ended where there is none", () => {
    const decoder = new QuorumPacketDecoder({ maxDataBytes: MAX, onPacket() {}, onSnapshotBytes() {} });
    expect(() => decoder.endSnapshot(new Uint8Array(0))).toThrow("endSnapshot without a snapshot");
  });

  test("is refused with another signature", () => {
    const out = new JuteWriter();
    out.writeString("BenWasNot!");
    const refusal = expect.objectContaining({ name: "ProtocolError", reason: "malformed" });
    expect(() => readSnapshotSignature(new JuteReader(out.peek()))).toThrow(refusal);
  });
});

describe("hostile lengths", () => {
  const head = "000000020000000100000007";
  const limits = { maxDataBytes: 100, maxAuthInfoBytes: 40 };

  function push(hex: string, chunks: (bytes: Uint8Array) => Iterable<Uint8Array>): string[] {
    const seen: string[] = [];
    const decoder = new QuorumPacketDecoder({ ...limits, onPacket: ({ zxid }) => seen.push(String(zxid)) });
    for (const chunk of chunks(fromHex(hex))) decoder.push(chunk);
    return seen;
  }

  test.each([
    ["data of -2 bytes", `${head}fffffffe`, "malformed", "a length of -2 in the data of a packet PROPOSAL"],
    ["data of -2^31 bytes", `${head}80000000`, "malformed", "a length of -2147483648 in the data"],
    [
      "data of 2^31 - 1 bytes",
      `${head}7fffffff`,
      "oversized",
      "data of 2147483647 bytes or more, where 100 are allowed",
    ],
    ["data of one byte too many", `${head}00000065`, "oversized", "data of 101 bytes or more"],
    ["-2 identities", `${head}fffffffffffffffe`, "malformed", "-2 identities of a packet PROPOSAL"],
    ["2^31 - 1 identities", `${head}ffffffff7fffffff`, "oversized", "2147483647 identities, where 5 fit"],
    ["one identity too many", `${head}ffffffff00000006`, "oversized", "6 identities, where 5 fit"],
    ["a scheme of -2 bytes", `${head}ffffffff00000001fffffffe`, "malformed", "a length of -2 in the authInfo"],
    ["a scheme of 37 bytes", `${head}ffffffff0000000100000025`, "oversized", "authInfo of 41 bytes or more, where 40"],
    ["an id of 31 bytes", `${head}ffffffff000000010000000269700000001f`, "oversized", "authInfo of 41 bytes or more"],
    ["a packet of unknown type", `000000630000000100000007fffffffe`, "malformed", "of a packet of type 99"],
  ])("%s are refused as soon as the length is there, whole or byte by byte", (_title, hex, reason, message) => {
    const refusal = expect.objectContaining({
      name: "ProtocolError",
      reason,
      message: expect.stringContaining(message),
    });
    expect(() => push(hex, (bytes) => [bytes])).toThrow(refusal);
    expect(() => push(hex, byteByByte)).toThrow(refusal);
    expect(push(hex.slice(0, -2), byteByByte)).toStrictEqual([]);
  });

  test("data and identities of the largest allowed length are read", () => {
    const id = { scheme: "ip", id: "x".repeat(30) };
    const packet = { type: PacketType.REQUEST, zxid: 5n, data: new Uint8Array(100), authInfo: [id] };
    expect(push(toHex(encode([packet])), byteByByte)).toStrictEqual(["5"]);
    const five = { ...packet, authInfo: new Array(5).fill({ scheme: "", id: "" }) };
    expect(push(toHex(encode([five])), byteByByte)).toStrictEqual(["5"]);
  });

  test("identities that are null are refused", () => {
    const refusal = expect.objectContaining({ name: "ProtocolError", reason: "malformed" });
    expect(() => push(`${head}ffffffff00000001ffffffffffffffff`, byteByByte)).toThrow(refusal);
  });

  test("the limit of the data holds for the identities too, unless these have their own", () => {
    const decoder = new QuorumPacketDecoder({ maxDataBytes: 100, onPacket() {} });
    decoder.push(fromHex(`${head}ffffffff0000000c`));
    const other = new QuorumPacketDecoder({ maxDataBytes: 100, onPacket() {} });
    expect(() => other.push(fromHex(`${head}ffffffff0000000d`))).toThrow("13 identities, where 12 fit");
  });

  test("packets before an invalid one are passed on first", () => {
    const seen: bigint[] = [];
    const decoder = new QuorumPacketDecoder({ ...limits, onPacket: ({ zxid }) => seen.push(zxid) });
    const good = encode([{ type: PacketType.COMMIT, zxid: 9n, data: null, authInfo: null }]);
    expect(() => decoder.push(Uint8Array.of(...good, ...fromHex(`${head}fffffffe`)))).toThrow("a length of -2");
    expect(seen).toStrictEqual([9n]);
  });
});
