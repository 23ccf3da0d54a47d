import {
  CreateMode,
  closeSession,
  create,
  ErrorCode,
  exists,
  JuteReader,
  OPEN_ACL_UNSAFE,
  OpCode,
  ProtocolError,
  ping,
  reconfig,
  setData,
  setWatches,
  sync,
  Xid,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import type { TestChannel } from "../../test-support/pipeline/test-channel.js";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const made = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  ...{ path, data: null, acl: OPEN_ACL_UNSAFE, flags },
});
const root = { path: "/", watch: false };
const MALFORMED = new Uint8Array(1);
const xidsOf = (channel: TestChannel): number[] => channel.replies().map(({ xid }) => xid);

/** A pipeline that commits nothing, and a connection with one write that waits. */
function waiting(): { pipeline: TestPipeline; channel: TestChannel } {
  const pipeline = new TestPipeline();
  const channel = pipeline.connect();
  pipeline.hold();
  pipeline.send(channel, create, made("/a"), { xid: 1 });
  return { pipeline, channel };
}

describe("a request", () => {
  it("is a sign of life of its session", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect(1000);
    pipeline.clock.pass(900);
    pipeline.send(channel, ping, undefined);
    expect(pipeline.sessions.expire(1800)).toEqual([]);
    expect(pipeline.sessions.expire(2000)).toEqual([channel.session]);
  });

  it("without a whole header is an error of the connection", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    const handle = (): void => pipeline.handler.handle(channel, channel.session!, new JuteReader(new Uint8Array(7)));
    expect(handle).toThrow(ProtocolError);
  });

  it("of an unknown type is answered with UNIMPLEMENTED and the zxid -1, and ends the connection", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.sendBody(channel, 999, bytes(""), { xid: 7 });
    expect(channel.replies()).toMatchObject([{ xid: 7, zxid: -1n, err: ErrorCode.UNIMPLEMENTED }]);
    expect(channel.isOpen).toBe(false);
  });

  it("of an unknown type waits for the writes before it", () => {
    const { pipeline, channel } = waiting();
    pipeline.sendBody(channel, 999, bytes(""), { xid: 2 });
    expect([channel.replies(), channel.isOpen]).toEqual([[], true]);
    pipeline.release();
    expect(xidsOf(channel)).toEqual([1, 2]);
    expect(channel.isOpen).toBe(false);
  });

  it.each([
    ["read", OpCode.getData],
    ["write", OpCode.setData],
    ["sync", OpCode.sync],
    ["reconfig", OpCode.reconfig],
  ])("that is a malformed %s is answered with MARSHALLING_ERROR, in the order of the connection", (_name, type) => {
    const { pipeline, channel } = waiting();
    pipeline.sendBody(channel, type, MALFORMED, { xid: 2 });
    pipeline.send(channel, exists, root, { xid: 3 });
    expect(channel.replies()).toEqual([]);
    pipeline.release();
    expect(channel.replies()).toMatchObject([
      { xid: 1, err: ErrorCode.OK },
      { xid: 2, err: ErrorCode.MARSHALLING_ERROR },
      { xid: 3, err: ErrorCode.OK },
    ]);
    expect(channel.isOpen).toBe(true);
  });

  it("that waits is not answered on a closed connection", () => {
    const { pipeline, channel } = waiting();
    pipeline.send(channel, exists, root, { xid: 2 });
    pipeline.sendBody(channel, OpCode.getData, MALFORMED, { xid: 3 });
    pipeline.send(channel, sync, { path: "/" }, { xid: 4 });
    channel.isOpen = false;
    pipeline.release();
    expect(channel.replies()).toEqual([]);
    expect(pipeline.tree.get("/a")).toBeDefined();
    expect(pipeline.stats.readLatency.count).toBe(0);
    expect(channel.order.isIdle).toBe(true);
  });
});

describe("a read", () => {
  it("is answered at once with the last applied zxid, while another connection writes", () => {
    const { pipeline, channel } = waiting();
    const other = pipeline.connect();
    const zxid = pipeline.tree.lastZxid;
    expect(pipeline.call(other, exists, root, 5)).toMatchObject({ xid: 5, zxid, err: ErrorCode.OK });
    expect(channel.replies()).toEqual([]);
  });

  it("counts with a latency of 0 where it is answered at once", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.clock.pass(30);
    pipeline.call(channel, exists, root, 5);
    const { readLatency } = pipeline.stats;
    expect([readLatency.count, readLatency.max]).toEqual([1, 0]);
    expect(channel.statistics).toMatchObject({
      ...{ lastOperation: OpCode.exists, lastCxid: 5, lastZxid: 1n, lastResponseAt: 30, lastLatencyMs: 0 },
    });
  });

  it("counts with the time that it waited for a write", () => {
    const { pipeline, channel } = waiting();
    pipeline.clock.pass(10);
    pipeline.send(channel, exists, { path: "/a", watch: false }, { xid: 2 });
    pipeline.clock.pass(32);
    pipeline.release();
    expect(channel.replies()).toMatchObject([
      { xid: 1, zxid: 2n, err: ErrorCode.OK },
      { xid: 2, zxid: 2n, err: ErrorCode.OK },
    ]);
    const { latency, readLatency, writeLatency } = pipeline.stats;
    expect([readLatency.count, readLatency.max]).toEqual([1, 32]);
    expect([writeLatency.count, writeLatency.max]).toEqual([1, 42]);
    expect([latency.count, latency.max]).toEqual([2, 42]);
    expect(channel.statistics).toMatchObject({
      ...{ lastOperation: OpCode.exists, lastCxid: 2, lastZxid: 2n, lastResponseAt: 42, lastLatencyMs: 32 },
    });
  });

  it("of a session that is closing is answered with SESSION_EXPIRED", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.sessions.markClosing(channel.session!.id);
    expect(pipeline.call(channel, exists, root)).toMatchObject({ err: ErrorCode.SESSION_EXPIRED });
  });

  it("that cannot be answered in its turn ends its connection, and no other", () => {
    const { pipeline, channel } = waiting();
    const other = pipeline.connect();
    pipeline.send(other, create, made("/b"), { xid: 3 });
    pipeline.tree.watchLimits = { perWatcher: 0, inAll: 0 };
    const watches = { relativeZxid: 9n, dataWatches: ["/"], existWatches: [], childWatches: [] };
    pipeline.send(channel, setWatches, watches, { xid: 2 });
    pipeline.release();
    expect(channel.failure).toBeInstanceOf(ProtocolError);
    expect(xidsOf(channel)).toEqual([1]);
    expect(other.failure).toBeUndefined();
    expect(xidsOf(other)).toEqual([3]);
  });
});

describe("a write", () => {
  it("holds the bytes of its body until it is applied", () => {
    const { pipeline, channel } = waiting();
    const before = pipeline.requestBytes;
    expect(before).toBeGreaterThan(0);
    pipeline.send(channel, setData, { path: "/a", data: new Uint8Array(1000), version: -1 });
    expect(pipeline.requestBytes - before).toBe(4 + "/a".length + 4 + 1000 + 4);
    pipeline.release();
    expect(pipeline.requestBytes).toBe(0);
  });

  it("counts with the time from its arrival to its reply", () => {
    const { pipeline, channel } = waiting();
    pipeline.clock.pass(40);
    pipeline.release();
    expect(channel.statistics).toMatchObject({
      ...{ lastOperation: OpCode.create, lastCxid: 1, lastZxid: 2n, lastResponseAt: 40, lastLatencyMs: 40 },
    });
    expect(pipeline.stats.writeLatency.max).toBe(40);
  });

  it("is made with the session, the xid and the ids of its connection", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    channel.addIds([{ scheme: "digest", id: "ann:x" }]);
    const acl = [{ permissions: 31, id: { scheme: "auth", id: "" } }];
    pipeline.call(channel, create, { ...made("/a", CreateMode.EPHEMERAL), acl }, 77);
    expect(pipeline.records.at(-1)!.header).toMatchObject({ clientId: channel.session!.id, cxid: 77 });
    expect(pipeline.tree.get("/a")!.acl).toEqual([{ permissions: 31, id: { scheme: "digest", id: "ann:x" } }]);
  });

  it("of a session that is closing is answered with SESSION_EXPIRED, and takes a zxid", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.sessions.markClosing(channel.session!.id);
    expect(pipeline.call(channel, create, made("/a"))).toEqual({ xid: 1, zxid: 2n, err: ErrorCode.SESSION_EXPIRED });
    expect(pipeline.tree.get("/a")).toBeUndefined();
  });
});

describe("the audit of writes", () => {
  function audited(): { pipeline: TestPipeline; channel: TestChannel; lines: string[] } {
    const lines: string[] = [];
    const audit = {
      request: (channel: { ids: readonly { id: string }[] }, type: number, request: unknown) => {
        const { path } = request as { path?: string };
        return ({ err }: { err: number }) => void lines.push(`${channel.ids[0]?.id} ${type} ${path} ${err}`);
      },
    };
    const pipeline = new TestPipeline({ audit });
    return { pipeline, channel: pipeline.connect(), lines };
  }

  it("gets the request and its result, once it is applied", () => {
    const { pipeline, channel, lines } = audited();
    pipeline.hold();
    pipeline.send(channel, create, made("/a"));
    pipeline.send(channel, create, made("/a"));
    expect(lines).toEqual([]);
    pipeline.release();
    expect(lines).toEqual([`10.0.0.1 ${OpCode.create} /a 0`, `10.0.0.1 ${OpCode.create} /a ${ErrorCode.NODE_EXISTS}`]);
    expect(channel.replies()).toMatchObject([{ err: ErrorCode.OK }, { err: ErrorCode.NODE_EXISTS }]);
  });

  it("gets no reads, no malformed writes, and none of a session that is closing", () => {
    const { pipeline, channel, lines } = audited();
    pipeline.send(channel, exists, root);
    pipeline.sendBody(channel, OpCode.setData, MALFORMED);
    pipeline.sessions.markClosing(channel.session!.id);
    pipeline.send(channel, create, made("/a"));
    expect(lines).toEqual([]);
    const errors = [ErrorCode.OK, ErrorCode.MARSHALLING_ERROR, ErrorCode.SESSION_EXPIRED];
    expect(channel.replies().map(({ err }) => err)).toEqual(errors);
  });
});

describe("a closeSession", () => {
  it("is answered after the writes before it, and then ends the connection", () => {
    const { pipeline, channel } = waiting();
    pipeline.send(channel, create, made("/e", CreateMode.EPHEMERAL), { xid: 2 });
    pipeline.send(channel, closeSession, undefined, { xid: 3 });
    expect([channel.replies(), channel.isOpen]).toEqual([[], true]);
    pipeline.release();
    expect(channel.replies()).toMatchObject([
      { xid: 1, zxid: 2n },
      { xid: 2, zxid: 3n },
      { xid: 3, zxid: 4n, err: ErrorCode.OK },
    ]);
    expect(channel.isOpen).toBe(false);
    expect(pipeline.tree.get("/e")).toBeUndefined();
    expect(pipeline.records.at(-1)!.header).toMatchObject({ clientId: channel.session!.id, cxid: 3 });
  });

  it("keeps later requests without an answer, also those that would be refused", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.hold();
    pipeline.send(channel, closeSession, undefined, { xid: 2 });
    pipeline.send(channel, exists, root, { xid: 3 });
    expect(channel.replies()).toEqual([]);
    pipeline.release();
    expect(xidsOf(channel)).toEqual([2]);
  });

  it("is proposed once, even if the client sends it twice", () => {
    const { pipeline, channel } = waiting();
    pipeline.send(channel, closeSession, undefined, { xid: 2 });
    pipeline.send(channel, closeSession, undefined, { xid: 3 });
    pipeline.release();
    expect(xidsOf(channel)).toEqual([1, 2]);
    expect(pipeline.tree.lastZxid).toBe(3n);
  });

  it("of a connection that closed meanwhile writes no reply", () => {
    const { pipeline, channel } = waiting();
    pipeline.send(channel, closeSession, undefined, { xid: 2 });
    channel.isOpen = false;
    pipeline.release();
    expect(channel.replies()).toEqual([]);
    expect(pipeline.tree.sessions.has(channel.session!.id)).toBe(false);
  });
});

describe("a sync", () => {
  it("is answered with its path, after every write submitted before, by any session", () => {
    const { pipeline, channel } = waiting();
    const other = pipeline.connect();
    pipeline.send(other, sync, { path: "/p" }, { xid: 4 });
    pipeline.send(other, exists, { path: "/a", watch: false }, { xid: 5 });
    expect(other.replies()).toEqual([]);
    pipeline.release();
    const [synced, read] = other.replies();
    expect(synced).toMatchObject({ xid: 4, zxid: 3n, err: ErrorCode.OK });
    expect(sync.readResponse(synced!.body)).toEqual({ path: "/p" });
    expect(read).toMatchObject({ xid: 5, err: ErrorCode.OK });
    expect(xidsOf(channel)).toEqual([1]);
  });
});

describe("a request that waited too long", () => {
  it("is refused with THROTTLED_OP, in the order of its connection", () => {
    const { pipeline, channel } = waiting();
    pipeline.send(channel, exists, root, { xid: 2, isThrottled: true });
    pipeline.send(channel, create, made("/b"), { xid: 3, isThrottled: true });
    pipeline.release();
    expect(channel.replies()).toMatchObject([
      { xid: 1, err: ErrorCode.OK },
      { xid: 2, zxid: 2n, err: ErrorCode.THROTTLED_OP },
      { xid: 3, zxid: 2n, err: ErrorCode.THROTTLED_OP },
    ]);
    expect(pipeline.stats.throttled).toBe(2);
    expect(pipeline.tree.get("/b")).toBeUndefined();
  });

  it("is handled nevertheless if it is a ping or a closeSession", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.send(channel, ping, undefined, { xid: Xid.ping, isThrottled: true });
    pipeline.send(channel, closeSession, undefined, { xid: 2, isThrottled: true });
    expect(channel.replies()).toMatchObject([
      { xid: Xid.ping, err: ErrorCode.OK },
      { xid: 2, err: ErrorCode.OK },
    ]);
    expect(pipeline.stats.throttled).toBe(0);
  });
});

describe("a reconfig", () => {
  it("is refused as a write that fails", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    const request = { joiningServers: null, leavingServers: "1", newMembers: null, curConfigId: -1n };
    const reply = pipeline.call(channel, reconfig, request, 8);
    expect(reply).toEqual({ xid: 8, zxid: 2n, err: ErrorCode.RECONFIG_DISABLED });
  });

  it("that cannot be decoded takes no zxid", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.sendBody(channel, OpCode.reconfig, MALFORMED);
    expect(channel.replies()).toMatchObject([{ zxid: 1n, err: ErrorCode.MARSHALLING_ERROR }]);
    expect(pipeline.tree.lastZxid).toBe(1n);
  });
});
