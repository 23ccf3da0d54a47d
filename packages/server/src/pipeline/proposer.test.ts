import { CreateMode, create, deleteNode, ErrorCode, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TestPipeline, type TestPipelineOptions } from "../../test-support/pipeline/test-pipeline.js";

function scenario(options: TestPipelineOptions = {}) {
  const pipeline = new TestPipeline(options);
  const channel = pipeline.connect();
  const add = (path: string, flags: number = CreateMode.PERSISTENT) =>
    pipeline.send(channel, create, { path, data: null, acl: OPEN_ACL_UNSAFE, flags });
  const sessionId = channel.session!.id;
  const lastTxn = () => pipeline.records.at(-1)?.txn;
  return { pipeline, channel, add, sessionId, lastTxn };
}

describe("a proposed transaction", () => {
  it("has the next zxid, the wall-clock time and the digest that the tree will have", () => {
    const { pipeline, add, sessionId } = scenario();
    pipeline.clock.pass(250);
    add("/a");
    add("/b");
    const [opened, first, second] = pipeline.records;
    expect(opened).toMatchObject({
      header: { clientId: sessionId, cxid: 0, zxid: 1n, type: OpCode.createSession },
      txn: { type: OpCode.createSession, timeoutMs: 10_000 },
    });
    expect(first!.header).toEqual({
      ...{ clientId: sessionId, cxid: 1, zxid: 2n, time: 1_700_000_000_250, type: OpCode.create },
    });
    expect(second!.header.zxid).toBe(3n);
    expect(second!.digest?.treeDigest).toBe(pipeline.tree.digest);
  });
});

it("a request of a type that no server knows is proposed as a refusal, so that it takes a zxid", () => {
  const { pipeline, sessionId } = scenario();
  pipeline.proposer.refuse(sessionId, 7, { applied() {} });
  expect(pipeline.records.at(-1)).toMatchObject({
    header: { clientId: sessionId, cxid: 7, zxid: 2n, type: OpCode.error },
    txn: { type: OpCode.error, err: ErrorCode.UNIMPLEMENTED },
  });
});

describe("closing a session", () => {
  it("deletes its ephemerals, even one whose create is still pending", () => {
    const { pipeline, channel, add, sessionId, lastTxn } = scenario();
    add("/e1", CreateMode.EPHEMERAL);
    pipeline.hold();
    add("/e2", CreateMode.EPHEMERAL);
    pipeline.proposer.closeSession(sessionId, 7, { applied() {} });
    add("/e3", CreateMode.EPHEMERAL);
    pipeline.release();
    expect(channel.replies().map(({ err }) => err)).toEqual([0, 0, ErrorCode.SESSION_EXPIRED]);
    for (const path of ["/e1", "/e2", "/e3"]) expect(pipeline.tree.get(path)).toBeUndefined();
    expect(pipeline.records.at(-2)!.txn).toEqual({ type: OpCode.closeSession, paths: ["/e1", "/e2"] });
    expect(lastTxn()).toEqual({ type: OpCode.error, err: ErrorCode.SESSION_EXPIRED });
  });

  it("leaves the paths out of a transaction that would be too large, and deletes the ephemerals nevertheless", () => {
    const paths = Array.from({ length: 10 }, (_, index) => `/${"e".repeat(50)}${index}`);
    // Header and ten paths: 128 + 10 * (4 + 3 * 52) bytes at most.
    for (const [maxTxnBytes, listed] of [
      [1728, paths],
      [1727, null],
    ] as const) {
      const { pipeline, add, sessionId, lastTxn } = scenario({ policy: { maxTxnBytes } });
      for (const path of paths) add(path, CreateMode.EPHEMERAL);
      pipeline.proposer.closeSession(sessionId, 7, { applied() {} });
      expect(lastTxn()).toEqual({ type: OpCode.closeSession, paths: listed });
      for (const path of paths) expect(pipeline.tree.get(path)).toBeUndefined();
    }
  });
});

describe("deleting a container", () => {
  it("is a transaction of no session", () => {
    const { pipeline, add, lastTxn } = scenario();
    add("/c", CreateMode.PERSISTENT);
    pipeline.tree.restore({
      ...{ path: "/container", data: null, acl: null },
      stat: { ...pipeline.tree.get("/c")!.stat(), ephemeralOwner: -0x8000_0000_0000_0000n },
    });
    pipeline.proposer.deleteContainer("/container");
    expect(pipeline.tree.get("/container")).toBeUndefined();
    expect(pipeline.records.at(-1)!.header).toMatchObject({ clientId: 0n, cxid: 0, type: OpCode.deleteContainer });
    expect(lastTxn()).toEqual({ type: OpCode.deleteContainer, path: "/container" });
  });

  it("is not proposed for a znode that is no container", () => {
    const { pipeline, add } = scenario();
    add("/c");
    const zxid = pipeline.tree.lastZxid;
    for (const path of ["/c", "/none"]) pipeline.proposer.deleteContainer(path);
    expect(pipeline.tree.lastZxid).toBe(zxid);
  });
});

it("a write of an unknown session is refused with UNKNOWN_SESSION", () => {
  const { pipeline, channel, sessionId } = scenario();
  pipeline.sessions.remove(sessionId);
  expect(pipeline.call(channel, deleteNode, { path: "/a", version: -1 })).toMatchObject({
    err: ErrorCode.UNKNOWN_SESSION,
  });
});
