import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder } from "./frame-decoder.js";
import { fromHex, toHex } from "./golden/hex.js";
import { JuteWriter } from "./jute-writer.js";

const MAX = 1 << 20;

function framed(frames: readonly Uint8Array[]): Uint8Array {
  const out = new JuteWriter();
  for (const frame of frames) out.writeBuffer(frame);
  return out.take();
}

function decode(chunks: Iterable<Uint8Array>, maxFrameBytes = MAX): string[] {
  const decoder = new FrameDecoder({ maxFrameBytes });
  const found: string[] = [];
  for (const chunk of chunks) decoder.push(chunk, (bytes, start, end) => found.push(toHex(bytes.subarray(start, end))));
  return found;
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Iterable<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.slice(at, at + length);
    at += length;
  }
  yield bytes.slice(at);
}

const someFrames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });

describe("whatever the cuts, the frames are the same", () => {
  test("in one chunk", () => {
    const check = (frames: Uint8Array[]) => {
      expect(decode([framed(frames)])).toStrictEqual(frames.map(toHex));
    };
    fc.assert(fc.property(someFrames, check));
  });

  test("byte by byte", () => {
    const check = (frames: Uint8Array[]) => {
      const bytes = framed(frames);
      expect(decode(cut(bytes, new Array(bytes.length).fill(1)))).toStrictEqual(frames.map(toHex));
    };
    fc.assert(fc.property(someFrames, check));
  });

  test("at random places, with empty chunks", () => {
    const check = (frames: Uint8Array[], lengths: number[]) => {
      expect(decode(cut(framed(frames), lengths))).toStrictEqual(frames.map(toHex));
    };
    fc.assert(fc.property(someFrames, fc.array(fc.nat(20)), check), { numRuns: 1000 });
  });
});

describe("hand-over", () => {
  test("frames that lie whole in a chunk are passed on in place", () => {
    const chunk = framed([fromHex("aa"), fromHex("bbcc")]);
    const seen: (readonly [Uint8Array, number, number, number])[] = [];
    new FrameDecoder({ maxFrameBytes: MAX }).push(chunk, (...frame) => seen.push(frame));
    expect(seen.map(([bytes, start, end]) => [bytes === chunk, start, end])).toStrictEqual([
      [true, 4, 5],
      [true, 9, 11],
    ]);
  });

  test("a frame that spans chunks is a copy", () => {
    const decoder = new FrameDecoder({ maxFrameBytes: MAX });
    const first = fromHex("00000003aa");
    decoder.push(first, () => expect.unreachable());
    first.fill(0);
    const frames: string[] = [];
    decoder.push(fromHex("bbcc"), (bytes, start, end) => frames.push(toHex(bytes.subarray(start, end))));
    expect(frames).toStrictEqual(["aabbcc"]);
  });

  test("it counts the bytes held of an incomplete frame", () => {
    const decoder = new FrameDecoder({ maxFrameBytes: MAX });
    const held: number[] = [];
    for (const hex of ["", "0000", "0003", "aa", "bbcc", "00000001dd00"]) {
      decoder.push(fromHex(hex), () => {});
      held.push(decoder.buffered);
    }
    expect(held).toStrictEqual([0, 2, 4, 5, 0, 1]);
  });
});

describe("cut frames", () => {
  /** Those that a decoder hands over that takes 4 bytes, and keeps 3 of longer frames: length and bytes. */
  const cutDecode = (chunks: Iterable<Uint8Array>): string[] => {
    const decoder = new FrameDecoder({ maxFrameBytes: 4 });
    decoder.cutLongFrames(3);
    const found: string[] = [];
    for (const chunk of chunks) {
      decoder.push(chunk, (bytes, start, end, length) => found.push(`${length} ${toHex(bytes.subarray(start, end))}`));
    }
    expect(decoder.buffered).toBe(0);
    return found;
  };

  test("a frame that is too long is handed over cut, and those around it whole, wherever the chunks end", () => {
    const check = (frames: Uint8Array[], lengths: number[]) => {
      const expected = frames.map(
        (frame) => `${frame.length} ${toHex(frame.length > 4 ? frame.subarray(0, 3) : frame)}`,
      );
      expect(cutDecode([framed(frames)])).toStrictEqual(expected);
      expect(cutDecode(cut(framed(frames), lengths))).toStrictEqual(expected);
    };
    fc.assert(fc.property(someFrames, fc.array(fc.nat(20)), check), { numRuns: 1000 });
  });

  test("it is handed over before the rest has arrived, which takes no memory", () => {
    const decoder = new FrameDecoder({ maxFrameBytes: 4 });
    decoder.cutLongFrames(3);
    const found: number[] = [];
    const onFrame = (_bytes: Uint8Array, _start: number, _end: number, length: number) => found.push(length);
    decoder.push(fromHex("7fffffff0102030405"), onFrame);
    for (let part = 0; part < 10; part++) decoder.push(new Uint8Array(1000), onFrame);
    expect([found, decoder.buffered]).toStrictEqual([[0x7fff_ffff], 0]);
  });

  test("the limit can be raised between any two chunks: each frame is cut or whole, and none is lost", () => {
    const check = (frames: Uint8Array[], lengths: number[], raisedAfter: number) => {
      const decoder = new FrameDecoder({ maxFrameBytes: 4 });
      decoder.cutLongFrames(3);
      const found: string[] = [];
      let chunks = 0;
      let raisedAt = Infinity;
      for (const chunk of cut(framed(frames), lengths)) {
        if (chunks++ === raisedAfter) {
          decoder.raiseLimit(MAX);
          raisedAt = found.length;
        }
        decoder.push(chunk, (bytes, start, end) => found.push(toHex(bytes.subarray(start, end))));
      }
      const [whole, short] = [
        frames.map(toHex),
        frames.map((frame) => toHex(frame.length > 4 ? frame.subarray(0, 3) : frame)),
      ];
      // The frame in progress at that moment may be either.
      for (const [index, frame] of found.entries()) {
        if (index < raisedAt) expect(frame).toBe(short[index]);
        else if (index > raisedAt) expect(frame).toBe(whole[index]);
        else expect([whole[index], short[index]]).toContain(frame);
      }
      expect(found.length).toBe(frames.length);
    };
    fc.assert(fc.property(someFrames, fc.array(fc.nat(20)), fc.nat(12), check), { numRuns: 500 });
  });

  test("the limit is not lowered", () => {
    const decoder = new FrameDecoder({ maxFrameBytes: 4 });
    decoder.raiseLimit(2);
    expect(() => decoder.push(fromHex("00000004"), () => {})).not.toThrow();
  });

  test("a negative length is refused all the same", () => {
    expect(() => cutDecode([fromHex("ffffffff")])).toThrow(expect.objectContaining({ reason: "malformed" }));
  });
});

describe("hostile lengths", () => {
  test.each([
    ["ffffffff", "malformed", "a frame of -1 bytes"],
    ["80000000", "malformed", "a frame of -2147483648 bytes"],
    ["7fffffff", "oversized", `a frame of 2147483647 bytes, where ${MAX} are allowed`],
    ["00100001", "oversized", `a frame of 1048577 bytes, where ${MAX} are allowed`],
  ])("%s is refused, whole or byte by byte", (hex, reason, message) => {
    const refusal = expect.objectContaining({
      name: "ProtocolError",
      reason,
      message: expect.stringContaining(message),
    });
    expect(() => decode([fromHex(hex)])).toThrow(refusal);
    expect(() => decode(cut(fromHex(hex), [1, 1, 1]))).toThrow(refusal);
  });

  test("a frame of the maximum length is passed on, whole or in parts", () => {
    const frame = fromHex("05".repeat(1000));
    const bytes = framed([frame]);
    expect(decode([bytes], 1000)).toStrictEqual([toHex(frame)]);
    expect(decode(cut(bytes, [3, 500]), 1000)).toStrictEqual([toHex(frame)]);
    expect(() => decode([bytes], 999)).toThrow(expect.objectContaining({ reason: "oversized" }));
  });

  test("a length is refused when all of its bytes are there, not before", () => {
    const decoder = new FrameDecoder({ maxFrameBytes: MAX });
    const frames: number[] = [];
    const push = (hex: string) => decoder.push(fromHex(hex), (_, start, end) => frames.push(end - start));
    for (const part of ["00000002aabbff", "ff", "ff"]) push(part);
    expect(() => push("ff")).toThrow(expect.objectContaining({ reason: "malformed" }));
    expect(frames).toStrictEqual([2]);
  });

  test("frames before an invalid one are passed on first", () => {
    const frames: number[] = [];
    const push = () =>
      new FrameDecoder({ maxFrameBytes: MAX }).push(fromHex("00000001aaffffffff"), (_, start) => frames.push(start));
    expect(push).toThrow(expect.objectContaining({ reason: "malformed" }));
    expect(frames).toStrictEqual([4]);
  });
});
