import {
  CreateMode,
  create,
  create2,
  createContainer,
  createTTL,
  deleteNode,
  ErrorCode,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  reconfig,
  setACL,
  setData,
} from "@conclave/protocol";
import { expect, it } from "vitest";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";
import type { TxnResult } from "../tree/txn.js";
import { WriteReply } from "./write-reply.js";

const made = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  ...{ path, data: Uint8Array.of(1, 2), acl: OPEN_ACL_UNSAFE, flags },
});

function scenario() {
  const pipeline = new TestPipeline();
  const channel = pipeline.connect();
  const statOf = (path: string) => pipeline.tree.get(path)!.stat();
  return { pipeline, channel, statOf };
}

it("a create is answered with the path, its number included", () => {
  const { pipeline, channel } = scenario();
  const reply = pipeline.call(channel, create, made("/a-", CreateMode.PERSISTENT_SEQUENTIAL), 3);
  expect(reply).toEqual({ xid: 3, zxid: 2n, err: ErrorCode.OK, response: { path: "/a-0000000000" } });
});

it("the other creates are answered with the path and the Stat", () => {
  const { pipeline, channel, statOf } = scenario();
  const replies = [
    pipeline.call(channel, create2, made("/a")),
    pipeline.call(channel, createContainer, made("/b", CreateMode.CONTAINER)),
    pipeline.call(channel, createTTL, { ...made("/c", CreateMode.PERSISTENT_WITH_TTL), ttl: 1000n }),
  ];
  const paths = ["/a", "/b", "/c"];
  expect(replies.map(({ response }) => response)).toEqual(paths.map((path) => ({ path, stat: statOf(path) })));
});

it("setData and setACL are answered with the new Stat", () => {
  const { pipeline, channel, statOf } = scenario();
  pipeline.call(channel, create, made("/a"));
  const set = pipeline.call(channel, setData, { path: "/a", data: null, version: 0 });
  expect(set.response).toEqual({ stat: statOf("/a") });
  const setAcl = pipeline.call(channel, setACL, { path: "/a", acl: OPEN_ACL_UNSAFE, version: 0 });
  expect(setAcl.response).toEqual({ stat: statOf("/a") });
  expect(setAcl.response?.stat).toMatchObject({ version: 1, aversion: 1 });
});

it("a delete, and a refused write, are answered without a body", () => {
  const { pipeline, channel } = scenario();
  pipeline.call(channel, create, made("/a"));
  expect(pipeline.call(channel, deleteNode, { path: "/a", version: 0 }, 4)).toEqual({ xid: 4, zxid: 3n, err: 0 });
  expect(pipeline.call(channel, deleteNode, { path: "/a", version: 0 }, 5)).toEqual({
    ...{ xid: 5, zxid: 4n, err: ErrorCode.NO_NODE },
  });
});

it("a multi is answered with the result of each write", () => {
  const { pipeline, channel, statOf } = scenario();
  const { response } = pipeline.call(channel, multi, [
    { type: OpCode.create, ...made("/a") },
    { type: OpCode.create2, ...made("/a/b") },
    { type: OpCode.createContainer, ...made("/c", CreateMode.CONTAINER) },
    { type: OpCode.createTTL, ...made("/d", CreateMode.PERSISTENT_WITH_TTL), ttl: 5n },
    { type: OpCode.create, ...made("/e") },
    { type: OpCode.setData, path: "/c", data: null, version: 0 },
    { type: OpCode.check, path: "/c", version: 1 },
    { type: OpCode.delete, path: "/e", version: 0 },
  ]);
  expect(response).toEqual([
    { type: OpCode.create, path: "/a" },
    { type: OpCode.create2, path: "/a/b", stat: statOf("/a/b") },
    // Its Stat before the setData.
    { type: OpCode.create2, path: "/c", stat: { ...statOf("/c"), version: 0, dataLength: 2 } },
    { type: OpCode.create2, path: "/d", stat: statOf("/d") },
    { type: OpCode.create, path: "/e" },
    { type: OpCode.setData, stat: statOf("/c") },
    { type: OpCode.check },
    { type: OpCode.delete },
  ]);
});

it("a multi that fails is answered with an error for each write", () => {
  const { pipeline, channel } = scenario();
  const reply = pipeline.call(channel, multi, [
    { type: OpCode.create, ...made("/a") },
    { type: OpCode.check, path: "/none", version: 1 },
    { type: OpCode.delete, path: "/a", version: 0 },
  ]);
  expect(reply.err).toBe(ErrorCode.OK);
  expect(reply.response).toEqual(
    [ErrorCode.OK, ErrorCode.NO_NODE, ErrorCode.RUNTIME_INCONSISTENCY].map((err) => ({ type: OpCode.error, err })),
  );
});

it("the latency of a write is the time from its arrival to its answer", () => {
  const { pipeline, channel } = scenario();
  pipeline.clock.pass(100);
  pipeline.hold();
  pipeline.send(channel, create, made("/a"));
  pipeline.clock.pass(250);
  pipeline.release();
  expect(channel.statistics.lastLatencyMs).toBe(250);
});

/** Answers a write with a result that no pipeline of one server has. */
function answered({ pipeline, channel }: ReturnType<typeof scenario>, type: number, result: TxnResult): void {
  const { stats, clock } = pipeline;
  channel.order.write();
  new WriteReply({ stats, clock, largeRequests: { change() {} } }, channel, 3, type, 0, 0).applied(result, 9n);
}

it("a reconfiguration is answered with the new configuration and its Stat", () => {
  const all = scenario();
  const [data, stat] = [Uint8Array.of(1, 2), all.statOf("/zookeeper/config")];
  answered(all, OpCode.reconfig, { type: OpCode.reconfig, err: ErrorCode.OK, data, stat });
  expect(all.channel.reply(reconfig)).toEqual({ xid: 3, zxid: 9n, err: 0, response: { data, stat } });
  answered(all, OpCode.reconfig, { type: OpCode.reconfig, err: ErrorCode.OK, stat });
  expect(all.channel.reply(reconfig).response).toEqual({ data: null, stat });
});

it("a write of a session that has moved to another server is not answered: its connection ends (ZOOKEEPER-710)", () => {
  const all = scenario();
  answered(all, OpCode.create, { type: OpCode.error, err: ErrorCode.SESSION_MOVED });
  expect([all.channel.isOpen, all.channel.replies()]).toEqual([false, []]);
});
