import { auth, CreateMode, create, ErrorCode, exists, OPEN_ACL_UNSAFE, sasl, Xid } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const root = { path: "/", watch: false };

describe("credentials", () => {
  const digest = { scheme: "digest", auth: bytes("ann:x") };
  const ann = { scheme: "digest", id: "ann:x" };

  it("are answered out of order with the zxid 0, and count from then on", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.hold();
    pipeline.send(channel, create, { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });
    pipeline.send(channel, auth, digest, { xid: Xid.auth });
    expect(channel.replies()).toMatchObject([{ xid: Xid.auth, zxid: 0n, err: ErrorCode.OK }]);
    expect(channel.ids).toContainEqual(ann);
    expect([channel.isOpen, pipeline.stats.authFailures]).toEqual([true, 0]);
  });

  it("that are refused end the connection", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    pipeline.send(channel, auth, { ...digest, scheme: "none" }, { xid: Xid.auth });
    expect(channel.replies()).toMatchObject([{ xid: Xid.auth, zxid: 0n, err: ErrorCode.AUTH_FAILED }]);
    expect(channel.ids).toHaveLength(1);
    expect([channel.isOpen, pipeline.stats.authFailures]).toEqual([false, 1]);
  });

  it("are accepted over several steps of SASL", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    const more = pipeline.call(channel, sasl, { token: bytes("more") }, 3);
    expect(more).toEqual({ xid: 3, zxid: 0n, err: ErrorCode.OK, response: { token: bytes("more") } });
    const done = pipeline.call(channel, sasl, { token: bytes("ann") }, 4);
    expect(done).toEqual({ xid: 4, zxid: 0n, err: ErrorCode.OK, response: { token: null } });
    expect(channel.ids).toContainEqual({ scheme: "sasl", id: "ann" });
    expect([channel.isOpen, pipeline.stats.authFailures]).toEqual([true, 0]);
  });

  it("that SASL refuses end the connection, with a token in the refusal", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    const refused = pipeline.call(channel, sasl, { token: bytes("wrong") }, 3);
    expect(refused).toEqual({ xid: 3, zxid: 0n, err: ErrorCode.AUTH_FAILED, response: { token: null } });
    expect([channel.isOpen, pipeline.stats.authFailures]).toEqual([false, 1]);
  });

  it("without a SASL token are an error of the connection", () => {
    const pipeline = new TestPipeline();
    const channel = pipeline.connect();
    const send = (): void => pipeline.send(channel, sasl, { token: null });
    expect(send).toThrow(expect.objectContaining({ reason: "malformed" }));
  });

  it("that are required must come before any other request", () => {
    const pipeline = new TestPipeline({ required: new Set(["digest", "sasl"]) });
    const early = pipeline.connect();
    expect(pipeline.call(early, exists, root, 5)).toEqual({
      ...{ xid: 5, zxid: 0n, err: ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH },
    });
    expect(early.isOpen).toBe(false);
    for (const [operation, request] of [
      [auth, digest],
      [sasl, { token: bytes("ann") }],
    ] as const) {
      const channel = pipeline.connect();
      pipeline.send(channel, operation as typeof auth, request as typeof digest);
      pipeline.send(channel, exists, root, { xid: 6 });
      expect(channel.replies()).toMatchObject([{ err: ErrorCode.OK }, { xid: 6, err: ErrorCode.OK }]);
      expect(channel.isOpen).toBe(true);
    }
  });
});
