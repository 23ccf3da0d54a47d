import { ErrorCode, EventType, exists, getData, multi, OpCode, setData } from "@conclave/protocol";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, expectTypeOf, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { createReply, stat } from "../../test-support/sample-replies.js";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import {
  CreateMode,
  createProtected,
  isZkError,
  type Stat,
  type WatchEvent,
  ZkError,
  type ZooKeeper,
} from "../index.js";

it("an unknown error code rejects its operation, and the next one is answered (node-zookeeper-client#23, #70)", async () => {
  const { zk, peer } = await startSession();
  const [one, two] = [zk.create("/a"), zk.create("/b")];
  peer.reply((await peer.request()).xid, { errno: -998 });
  peer.reply((await peer.request()).xid, createReply("/b"));
  await expect(one).rejects.toMatchObject({ code: "UNKNOWN_CODE", errno: -998 });
  expect(await two).toBe("/b");
});

it("SESSION_MOVED, and every other code of the servers, has a name (node-zookeeper-client#36)", () => {
  const errors = Object.values(ErrorCode).map((errno) => ZkError.fromReply(errno, "getData"));
  expect(errors.map(({ code }) => code)).toEqual(Object.keys(ErrorCode));
  expect(errors.map(({ code }) => code)).toContain("SESSION_MOVED");
});

it("every operation is a promise, and rejects with code, path and outcome (node-zookeeper-client#90, #87, #47)", async () => {
  const { zk, peer } = await startSession();
  const read = zk.getData("/none");
  expect(read).toBeInstanceOf(Promise);
  peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
  const error = await read.catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Error);
  expect(isZkError(error, "NO_NODE") && [error.path, error.outcome, error.errno]).toEqual(["/none", "rejected", -101]);
});

it("the version 0 means 0 in transactions (node-zookeeper-client#67, node-zookeeper#94, #320)", async () => {
  const { zk, peer } = await startSession();
  const commit = zk.transaction().setData("/a", "x", 0).check("/b", 0).delete("/c", 0).create("/d").commit();
  const { xid, body } = await peer.request();
  const sent = multi.readRequest(body);
  expect(sent.map((each) => ("version" in each ? each.version : undefined))).toEqual([0, 0, 0, undefined]);
  peer.reply(xid, {
    write: (out) =>
      multi.writeResponse(out, [
        { type: OpCode.setData, stat },
        { type: OpCode.check },
        { type: OpCode.delete },
        { type: OpCode.create, path: "/d" },
      ]),
  });
  expect(await commit).toEqual([stat, "/d"]);
});

it("results have types other than any (node-zookeeper-client#55, DefinitelyTyped#14235, node-zookeeper#246)", () => {
  const types = (zk: ZooKeeper) => ({ data: zk.getData("/"), stat: zk.exists("/"), path: zk.create("/") });
  expectTypeOf<ReturnType<typeof types>["data"]>().resolves.toEqualTypeOf<{
    readonly data: Buffer | null;
    readonly stat: Stat;
  }>();
  expectTypeOf<ReturnType<typeof types>["stat"]>().resolves.toEqualTypeOf<Stat | null>();
  expectTypeOf<ReturnType<typeof types>["path"]>().resolves.toEqualTypeOf<string>();
  expectTypeOf<Stat["mzxid"]>().toEqualTypeOf<bigint>();
});

it("a one-shot watch is called once, with the type of the change (node-zookeeper#141)", async () => {
  const { zk, peer } = await startSession();
  const events: WatchEvent[] = [];
  const read = zk.exists("/a", { watch: (event) => events.push(event) });
  peer.reply((await peer.request()).xid, { write: (out) => exists.writeResponse(out, { stat }) });
  await read;
  peer.notify(EventType.NODE_DATA_CHANGED, "/a");
  peer.notify(EventType.NODE_DATA_CHANGED, "/a");
  const after = zk.exists("/a");
  peer.reply((await peer.request()).xid, { write: (out) => exists.writeResponse(out, { stat }) });
  await after;
  expect(events).toEqual([{ type: "nodeDataChanged", path: "/a" }]);
});

it("null can be written and read, and is not empty data (node-zookeeper-client#94)", async () => {
  const { zk, peer } = await startSession();
  for (const data of [null, Buffer.alloc(0)]) {
    const written = zk.setData("/a", data);
    const write = await peer.request();
    expect(setData.readRequest(write.body).data).toEqual(data === null ? null : new Uint8Array());
    peer.reply(write.xid, { write: (out) => setData.writeResponse(out, { stat }) });
    await written;
    const read = zk.getData("/a");
    peer.reply((await peer.request()).xid, { write: (out) => getData.writeResponse(out, { data, stat }) });
    expect((await read).data).toEqual(data);
  }
});

it("an operation can be cancelled in flight (go-zookeeper#12, #67)", async () => {
  const { zk, peer } = await startSession();
  const controller = new AbortController();
  const call = zk.create("/a", null, { signal: controller.signal });
  await peer.request();
  controller.abort(new Error("enough"));
  await expect(call).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown", cause: new Error("enough") });
});

it("a sequential create with a lost answer is not repeated blindly", async () => {
  const { session, zk, peer } = await startSession();
  const call = zk.create("/a-", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
  await peer.request();
  await session.lose(peer);
  await expect(call).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  await session.reached("connected");
  const other = zk.getData("/b");
  const request = await next.request();
  expect(request.type).toBe(OpCode.getData);
  next.reply(request.xid, { errno: ErrorCode.NO_NODE });
  await expect(other).rejects.toMatchObject({ code: "NO_NODE" });
});

it("QUOTA_EXCEEDED (-125) rejects its operation, and nothing else happens", async () => {
  const { zk, peer } = await startSession();
  const call = zk.create("/a");
  peer.reply((await peer.request()).xid, { errno: -125 });
  await expect(call).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", outcome: "rejected" });
  expect(zk.state).toBe("connected");
});

describeOnEachEnsemble("a client of a real ensemble", ({ connectString, root }) => {
  beforeAll(async () => {
    await using zk = await connectForLong(connectString());
    await zk.create(root);
  });

  it("persistent and recursive watches report every change (node-zookeeper#331, kazoo#715, go-zookeeper#155, #89, #122)", async () => {
    await using zk = await connectForLong(connectString());
    const seen: string[] = [];
    await using _watch = await zk.addWatch(root, ({ type, path }) => seen.push(`${type} ${path}`), { recursive: true });
    await zk.create(`${root}/a`);
    await zk.setData(`${root}/a`, "1");
    await zk.setData(`${root}/a`, "2");
    const { length } = seen.filter((each) => each === `nodeDataChanged ${root}/a`);
    expect([seen[0], length]).toEqual([`nodeCreated ${root}/a`, 2]);
  });

  it("a removed watch is removed from the server and the client (node-zookeeper-client#50, #31, node-zookeeper#211, #34)", async () => {
    await using zk = await connectForLong(connectString());
    const listener = (): void => {};
    for (let i = 0; i < 100; i++) await zk.getData(root, { watch: listener });
    await zk.removeWatches(root, { listener });
    expect(await zk.checkWatches(root, "any")).toBe(false);
    await expect(zk.removeWatches(root, { listener })).rejects.toMatchObject({ code: "NO_WATCHER" });
  });

  it("the znode of a lock is created once, even if the answer is lost (node-zookeeper-client#8, zkplus#7)", async () => {
    await using proxy = await startFaultProxy({ target: connectString().split(",")[0]! });
    await using zk = await connectForLong(proxy.connectString);
    const parent = await zk.create(`${root}/lock`);
    const lost = proxy.loseReply("create2");
    const node = await createProtected(zk, `${parent}/lock-`, null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
    await lost;
    expect(await zk.getChildren(parent)).toEqual([node.path.slice(parent.length + 1)]);
  });
});
