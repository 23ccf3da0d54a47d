import { EventType, JuteReader, KeeperState, readReplyHeader, readWatcherEvent } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { EventFrames } from "./event-frames.js";

function readFrame(frame: Uint8Array) {
  const input = new JuteReader(frame);
  const length = input.readInt();
  expect(length).toBe(input.remaining);
  return { header: readReplyHeader(input), event: readWatcherEvent(input) };
}

describe("the frames of events", () => {
  it("are the same bytes for all watchers of one event", () => {
    const frames = new EventFrames();
    const frame = frames.frameOf(EventType.NODE_DATA_CHANGED, "/a", 7n);
    expect(frames.frameOf(EventType.NODE_DATA_CHANGED, "/a", 7n)).toBe(frame);
    expect(readFrame(frame)).toEqual({
      header: { xid: -1, zxid: 7n, err: 0 },
      event: { type: EventType.NODE_DATA_CHANGED, state: KeeperState.SYNC_CONNECTED, path: "/a" },
    });
  });

  it("are others as soon as type, path or transaction are, and those handed out before stay as they were", () => {
    const frames = new EventFrames();
    const events = [
      [EventType.NODE_CREATED, "/a", 7n],
      [EventType.NODE_DELETED, "/a", 7n],
      [EventType.NODE_DELETED, "/b", 7n],
      [EventType.NODE_DELETED, "/b", 8n],
    ] as const;
    const made = events.map(([type, path, zxid]) => frames.frameOf(type, path, zxid));
    for (const [index, [type, path, zxid]] of events.entries()) {
      expect(readFrame(made[index]!)).toMatchObject({ header: { zxid }, event: { type, path } });
    }
  });
});
