import { ErrorCode, getData, multiRead, OpCode } from "@conclave/protocol";
import { eventually } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { createReply, stat } from "../../test-support/sample-replies.js";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";
import type { OnVersionAsked } from "../../test-support/scripted-server.js";
import { startSession } from "../../test-support/scripted-session.js";
import type { ConnectOptions } from "../api/connect-options.js";
import type { ZooKeeper } from "../api/zookeeper.js";

const reports =
  (version: string): OnVersionAsked =>
  (socket) =>
    socket.end(`Zookeeper version: ${version}, built on 2022-12-01 00:00 UTC\nMode: follower\n`);

const start = (onVersionAsked: OnVersionAsked, options: ConnectOptions = {}) =>
  startSession({ batchReads: "auto", ...options }, "", onVersionAsked);

/** Reads two znodes in one tick; returns the types of the requests, which the server has answered. */
const readTwo = async (zk: ZooKeeper, peer: ScriptedPeer): Promise<number[]> => {
  const reads = Promise.all([zk.getData("/a"), zk.getData("/b")]);
  const found = { type: OpCode.getData, data: Buffer.from("x"), stat } as const;
  const types: number[] = [];
  for (let left = 2; left > 0; ) {
    const { xid, type, body } = await peer.request();
    types.push(type);
    if (type === OpCode.multiRead) {
      const results = multiRead.readRequest(body).map(() => found);
      left -= results.length;
      peer.reply(xid, { write: (out) => multiRead.writeResponse(out, results) });
    } else {
      left -= 1;
      peer.reply(xid, { write: (out) => getData.writeResponse(out, found) });
    }
  }
  expect((await reads).map(({ data }) => data?.toString())).toEqual(["x", "x"]);
  return types;
};
const PLAIN = [OpCode.getData, OpCode.getData];
const JOINED = [OpCode.multiRead];
const untilJoined = (zk: ZooKeeper, peer: ScriptedPeer) =>
  eventually(async () => expect(await readTwo(zk, peer)).toEqual(JOINED));

describe("with batchReads auto", () => {
  it("the server is asked for its version when there are reads to join, once for each connection", async () => {
    const { session, zk, peer } = await start(reports("3.8.0-1"));
    const alone = zk.getData("/first");
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await expect(alone).rejects.toMatchObject({ code: "NO_NODE" });
    expect(session.server.questions).toBe(0);
    expect(await readTwo(zk, peer)).toEqual(PLAIN);
    await untilJoined(zk, peer);
    expect(session.server.questions).toBe(1);

    await session.lose(peer);
    const next = await session.next();
    await next.handshake();
    next.accept();
    await session.reached("connected");
    expect(await readTwo(zk, next)).toEqual(PLAIN);
    await untilJoined(zk, next);
    expect([session.server.questions, session.server.connections]).toEqual([2, 2]);
  });

  it.each<[string, OnVersionAsked]>([
    ["is older than 3.6", reports("3.5.9-83df9301")],
    ["does not answer the word", (socket) => socket.end("srvr is not executed because it is not in the whitelist.\n")],
    ["is of another kind", (socket) => socket.end("ClickHouse Keeper version: v23.8.2.7\n")],
    ["closes the connection", (socket) => socket.destroy()],
  ])("a server that %s receives plain reads, and is asked once", async (_name, onVersionAsked) => {
    const { session, zk, peer } = await start(onVersionAsked);
    expect(await readTwo(zk, peer)).toEqual(PLAIN);
    await eventually(() => expect([session.server.questions, session.server.openQuestions]).toEqual([1, 0]));
    for (let round = 0; round < 20; round++) expect(await readTwo(zk, peer)).toEqual(PLAIN);
    expect(session.server.questions).toBe(1);
    expect(zk.state).toBe("connected");
  });

  it("a server that never answers receives plain reads, and the question ends with the connection", async () => {
    const { session, zk, peer } = await start(() => {});
    expect(await readTwo(zk, peer)).toEqual(PLAIN);
    await eventually(() => expect(session.server.openQuestions).toBe(1));
    for (let round = 0; round < 20; round++) expect(await readTwo(zk, peer)).toEqual(PLAIN);
    await session.lose(peer);
    await eventually(() => expect(session.server.openQuestions).toBe(0));
  });

  it("closing the client ends the question", async () => {
    const { session, zk, peer, clock } = await start(() => {});
    await readTwo(zk, peer);
    await eventually(() => expect(session.server.openQuestions).toBe(1));
    const closing = zk.close();
    peer.reply((await peer.request()).xid);
    await closing;
    await eventually(() => expect(session.server.openQuestions).toBe(0));
    expect(clock.pending).toBe(0);
  });

  it("reads that another server than the one that answered refuses fail with the connection, and are never joined again", async () => {
    const { session, zk, peer } = await start(reports("3.8.0-1"));
    await readTwo(zk, peer);
    await untilJoined(zk, peer);
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b"), zk.setData("/c", "")]);
    const { xid, type } = await peer.request();
    expect(type).toBe(OpCode.multiRead);
    peer.reply(xid, { errno: ErrorCode.UNIMPLEMENTED, zxid: -1n });
    expect(await reads).toMatchObject([
      { reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path: "/a", cause: { reason: "refused" } } },
      { reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path: "/b" } },
      { reason: { code: "CONNECTION_LOSS", outcome: "unknown", path: "/c" } },
    ]);
    const next = await session.next();
    const { sessionId } = await next.handshake();
    expect(sessionId).toBe(zk.sessionId);
    next.accept();
    await session.reached("connected");
    for (let round = 0; round < 3; round++) expect(await readTwo(zk, next)).toEqual(PLAIN);
    expect(session.server.questions).toBe(1);
  });

  it("reads with a watch, and reads between other operations, ask for nothing", async () => {
    const { session, zk, peer } = await start(reports("3.8.0-1"));
    const calls = [zk.getData("/a", { watch: () => {} }), zk.getData("/b"), zk.create("/c"), zk.getData("/d")];
    const settled = Promise.allSettled(calls);
    for (const _ of calls) {
      const { xid, type } = await peer.request();
      peer.reply(xid, type === OpCode.create ? createReply("/c") : { errno: ErrorCode.NO_NODE });
    }
    await settled;
    expect(session.server.questions).toBe(0);
  });

  it("a joined read longer than maxReplyBytes is rejected as it is alone, and no other", async () => {
    const { zk, peer } = await start(reports("3.8.0-1"), { maxReplyBytes: 1_000 });
    await readTwo(zk, peer);
    await untilJoined(zk, peer);
    const long = { type: OpCode.getData, data: Buffer.alloc(1_000), stat } as const;
    const short = { type: OpCode.getData, data: Buffer.alloc(900), stat } as const;
    const joined = Promise.allSettled([zk.getData("/short"), zk.getData("/long")]);
    const { xid, type } = await peer.request();
    expect(type).toBe(OpCode.multiRead);
    peer.reply(xid, { write: (out) => multiRead.writeResponse(out, [short, long]) });
    const alone = Promise.allSettled([zk.getData("/long")]);
    peer.reply((await peer.request()).xid, { write: (out) => getData.writeResponse(out, long) });
    const [{ reason }] = (await alone) as [PromiseRejectedResult];
    expect(await joined).toMatchObject([
      { value: { data: { length: 900 } } },
      { reason: { code: "REPLY_TOO_LARGE", outcome: "rejected", message: reason.message } },
    ]);
    expect(reason.code).toBe("REPLY_TOO_LARGE");
  });
});
