import { expect, it } from "vitest";
import { FrameSplitter } from "./frame-splitter.js";

const frame = (text: string): Buffer => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeInt32BE(text.length);
  bytes.write(text, 4);
  return bytes;
};

it("splits frames independently of the chunks", () => {
  const stream = Buffer.concat([frame("one"), frame(""), frame("three")]);
  for (let size = 1; size <= stream.length; size++) {
    const splitter = new FrameSplitter();
    const pieces = [];
    for (let at = 0; at < stream.length; at += size) pieces.push(...splitter.push(stream.subarray(at, at + size)));
    expect(pieces.map(({ bytes, isFrame }) => [isFrame, bytes.subarray(4).toString()])).toEqual([
      [true, "one"],
      [true, ""],
      [true, "three"],
    ]);
    expect(splitter.rest()).toHaveLength(0);
  }
});

it("returns bytes that are not frames unsplit, and all later ones", () => {
  const splitter = new FrameSplitter();
  const pieces = splitter.push(Buffer.concat([frame("one"), Buffer.from("mntr")]));
  pieces.push(...splitter.push(Buffer.from("\0\0")));
  expect(pieces.map(({ bytes, isFrame }) => [isFrame, bytes.toString("latin1")])).toEqual([
    [true, "\0\0\0\x03one"],
    [false, "mntr"],
    [false, "\0\0"],
  ]);
});

it("returns the begin of a frame without its end", () => {
  const splitter = new FrameSplitter();
  expect(splitter.push(frame("one").subarray(0, 6))).toEqual([]);
  expect(splitter.rest().toString("latin1")).toBe("\0\0\0\x03on");
});
