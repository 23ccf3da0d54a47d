import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FrameDecoder } from "./frame-decoder.js";
import { type FrameCodec, frameCodec, frameCodecs } from "./golden/frame-codec.js";
import { fromHex } from "./golden/hex.js";
import { recording } from "./golden/recording.js";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";
import { OpCode } from "./op-code.js";
import { create } from "./operations/create.js";
import { createTTL } from "./operations/create-ttl.js";
import { getACL } from "./operations/get-acl.js";
import { getChildren } from "./operations/get-children.js";
import { getChildren2 } from "./operations/get-children2.js";
import { getEphemerals } from "./operations/get-ephemerals.js";
import { multi } from "./operations/multi.js";
import { multiRead } from "./operations/multi-read.js";
import { setACL } from "./operations/set-acl.js";
import { setWatches } from "./operations/set-watches.js";
import { setWatches2 } from "./operations/set-watches2.js";
import { whoAmI } from "./operations/who-am-i.js";
import { ProtocolError } from "./protocol-error.js";
import { readAcls } from "./records/acl.js";
import { writeMultiHeader } from "./records/multi-items.js";

afterEach(() => vi.unstubAllGlobals());

/** Reads, and lets nothing but a refusal pass; tells whether the bytes were accepted. */
function isAccepted(codec: FrameCodec, bytes: Uint8Array): boolean {
  const input = new JuteReader(bytes);
  try {
    codec.read(input);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return false;
  } finally {
    expect(input.remaining).toBeGreaterThanOrEqual(0);
  }
  return true;
}

/**
 * Arrays and byte arrays that are made from here on in this test: the length of the largest one, and how many are made with a
 * length.
 */
function watchAllocations(): { largest: number; count: number } {
  const seen = { largest: 0, count: 0 };
  const watched = <T extends typeof Array | typeof Uint8Array>(type: T): T =>
    new Proxy(type, {
      construct(target, args, newTarget) {
        if (typeof args[0] === "number") {
          seen.largest = Math.max(seen.largest, args[0]);
          seen.count++;
        }
        return Reflect.construct(target, args, newTarget);
      },
    });
  vi.stubGlobal("Array", watched(Array));
  vi.stubGlobal("Uint8Array", watched(Uint8Array));
  return seen;
}

describe("truncation", () => {
  const frames = recording.map((frame, i) => ({
    title: `${i} ${frame.kind} of the ${frame.from}, ${frame.step}`,
    codec: frameCodec(frame.from, frame.kind),
    bytes: frame.bytes,
    // The last byte of a handshake may be absent.
    isOptional: (length: number) => frame.kind === "connect" && length === (frame.from === "client" ? 44 : 36),
  }));

  test.each(frames)("at every byte is refused: $title", ({ codec, bytes, isOptional }) => {
    for (let length = 0; length < bytes.length; length++) {
      if (isOptional(length)) continue;
      // The bytes beyond the end are still in the array: they must not be read.
      const input = new JuteReader(bytes, 0, length);
      expect(() => codec.read(input)).toThrow(expect.objectContaining({ name: "ProtocolError", reason: "truncated" }));
    }
  });
});

describe("random changes of real frames", () => {
  const int32 = fc.constantFrom(
    -1,
    -2,
    -0x80000000,
    0x7fffffff,
    0x00ffffff,
    0,
    1,
    2,
    4,
    5,
    8,
    13,
    14,
    15,
    19,
    20,
    21,
    255,
  );
  const change = fc.oneof(
    fc.record({ kind: fc.constant("byte"), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant("int"), at: fc.nat(), value: int32 }),
    fc.record({ kind: fc.constant("cut"), at: fc.nat(), value: fc.constant(0) }),
    fc.record({ kind: fc.constant("append"), at: fc.nat(), value: fc.nat() }),
  );
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  function apply(bytes: Uint8Array, { kind, at, value }: Change): Uint8Array {
    if (kind === "append") {
      const tail = recording[value % recording.length]!.bytes;
      return Uint8Array.of(...bytes, ...tail.subarray(at % tail.length));
    }
    if (bytes.length === 0) return bytes;
    const index = at % bytes.length;
    if (kind === "cut") return bytes.slice(0, index);
    const changed = bytes.slice();
    if (kind === "byte") changed[index] = value;
    else for (let i = 0; i < 4 && index + i < changed.length; i++) changed[index + i] = value >> (24 - 8 * i);
    return changed;
  }

  test("are read or refused by a ProtocolError, and allocate no more than their bytes", () => {
    const outcomes = { accepted: 0, refused: 0 };
    const seen = watchAllocations();
    const check = (index: number, other: number, isOther: boolean, changes: Change[]) => {
      const frame = recording[index]!;
      const codec = isOther ? frameCodecs[other]! : frameCodec(frame.from, frame.kind);
      const bytes = changes.reduce(apply, frame.bytes);
      seen.largest = 0;
      outcomes[isAccepted(codec, bytes) ? "accepted" : "refused"]++;
      // A password is always 16 bytes.
      expect(seen.largest).toBeLessThanOrEqual(Math.max(bytes.length, 16));
    };
    const property = fc.property(
      fc.nat(recording.length - 1),
      fc.nat(frameCodecs.length - 1),
      fc.boolean(),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      check,
    );
    fc.assert(property, { numRuns: 20_000 });
    expect(Math.min(outcomes.accepted, outcomes.refused)).toBeGreaterThan(1000);
  });

  test("are refused only by a ProtocolError if all bytes are random", () => {
    const check = (bytes: Uint8Array) => {
      for (const codec of frameCodecs) isAccepted(codec, bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), check), { numRuns: 500 });
  });
});

describe("counts that the bytes do not justify", () => {
  const vectors: [string, (input: JuteReader) => unknown, string][] = [
    ["an ACL", readAcls, ""],
    ["the ACL of create", create.readRequest, "000000012f00000000"],
    ["children", getChildren.readResponse, ""],
    ["children with a Stat", getChildren2.readResponse, ""],
    ["data watches", setWatches.readRequest, "0000000000000000"],
    ["exist watches", setWatches.readRequest, "000000000000000000000000"],
    ["child watches", setWatches.readRequest, "00000000000000000000000000000000"],
    ["persistent watches", setWatches2.readRequest, "0000000000000000000000000000000000000000"],
    ["recursive watches", setWatches2.readRequest, "000000000000000000000000000000000000000000000000"],
    ["the ACL of setACL", setACL.readRequest, "000000012f"],
    ["the ACL of getACL", getACL.readResponse, ""],
    ["the ACL of createTTL", createTTL.readRequest, "000000012f00000000"],
    ["ephemerals", getEphemerals.readResponse, ""],
    ["identities", whoAmI.readResponse, ""],
  ];
  const counts = ["7fffffff", "00100000", "00000010"];
  const cases = vectors.flatMap(([name, read, before]) => counts.map((count) => ({ name, read, before, count })));
  // In a request a negative count stands for no items, as Apache reads it: null-in-requests.test.ts.
  const negative = vectors
    .filter(([, , before]) => before === "")
    .flatMap(([name, read, before]) => ["80000000", "fffffffe"].map((count) => ({ name, read, before, count })));

  test.each([...cases, ...negative])(
    "$name: $count items in a few bytes are refused before allocating",
    ({ read, before, count }) => {
      const input = new JuteReader(fromHex(`${before}${count}0000000000000000`));
      const seen = watchAllocations();
      expect(() => read(input)).toThrow(ProtocolError);
      expect(seen.largest).toBe(0);
    },
  );

  test.each(["7fffffff", "00100000", "80000000", "fffffffe"])("a string or buffer of %s bytes is refused", (length) => {
    for (const read of ["readString", "readNullableString", "readBuffer"] as const) {
      const input = new JuteReader(fromHex(`${length}6161`));
      const seen = watchAllocations();
      expect(() => input[read]()).toThrow(ProtocolError);
      expect(seen.largest).toBe(0);
    }
  });
});

describe("items that do not belong", () => {
  const kinds: [string, (input: JuteReader) => unknown, readonly number[]][] = [
    [
      "multi",
      multi.readRequest,
      [OpCode.getData, OpCode.getChildren, OpCode.multi, OpCode.deleteContainer, OpCode.error],
    ],
    ["multiRead", multiRead.readRequest, [OpCode.create, OpCode.exists, OpCode.getChildren2, OpCode.multiRead]],
    ["the reply to multi", multi.readResponse, [OpCode.getData, OpCode.createTTL, OpCode.createContainer]],
    ["the reply to multiRead", multiRead.readResponse, [OpCode.create, OpCode.exists, OpCode.check]],
  ];

  test.each(kinds.flatMap(([name, read, types]) => [...types, 0, 255, -2].map((type) => ({ name, read, type }))))(
    "$name: one of type $type is refused",
    ({ name, read, type }) => {
      const out = new JuteWriter();
      writeMultiHeader(out, type, -1);
      out.writeRaw(new Uint8Array(200));
      const item = name.startsWith("the reply") ? "a result" : "an operation";
      const message = `${item} of type ${type} in a ${name.replace("the reply to ", "")}`;
      const refusal = expect.objectContaining({ name: "ProtocolError", reason: "malformed", message });
      expect(() => read(new JuteReader(out.peek()))).toThrow(refusal);
    },
  );

  test("items without an end are refused", () => {
    const out = new JuteWriter();
    multiRead.writeRequest(out, [{ type: OpCode.getData, path: "/a" }]);
    const input = new JuteReader(out.peek(), 0, out.length - 9);
    expect(() => multiRead.readRequest(input)).toThrow(expect.objectContaining({ reason: "truncated" }));
  });
});

describe("frames that claim more than they bring", () => {
  test("a frame that claims 1 MB allocates only for the bytes received", () => {
    const seen = watchAllocations();
    const decoder = new FrameDecoder({ maxFrameBytes: 1 << 20 });
    decoder.push(fromHex("00100000aabbcc"), () => expect.unreachable());
    decoder.push(fromHex("dd"), () => expect.unreachable());
    expect(decoder.buffered).toBe(8);
    expect(seen.largest).toBeLessThan(64);
  });

  test("a frame in parts never allocates more than twice the bytes received, and seldom", () => {
    const out = new JuteWriter();
    out.writeBuffer(new Uint8Array(100_000).fill(7));
    const bytes = out.take();
    const seen = watchAllocations();
    const decoder = new FrameDecoder({ maxFrameBytes: 1 << 20 });
    let frames = 0;
    for (let at = 0; at < bytes.length; at += 997) {
      decoder.push(bytes.subarray(at, at + 997), () => frames++);
      expect(seen.largest).toBeLessThanOrEqual(2 * (at + 997));
    }
    expect(frames).toBe(1);
    // 997, 1994 and so on, up to 100,004 bytes; then the empty buffer of the next frame.
    expect(seen.count).toBeLessThan(12);
  });
});
