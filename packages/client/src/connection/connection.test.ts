import { create, ErrorCode, getData, OpCode, Xid } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";
import { type ScriptedSession, startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";

/** Checks that the client still works: accepts its next connection, and answers an operation on it. */
const stillWorks = async (session: ScriptedSession): Promise<void> => {
  const peer = await session.next();
  await peer.handshake();
  peer.accept({ timeoutMs: TIMEOUT_MS });
  const made = session.zk.create("/on");
  peer.reply((await peer.request()).xid, { write: (out) => create.writeResponse(out, { path: "/on" }) });
  expect(await made).toBe("/on");
};
const stat = {
  czxid: -1n,
  mzxid: 2n,
  ctime: 1_700_000_000_000,
  mtime: 4,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: -0x77n,
  dataLength: 3,
  numChildren: 0,
  pzxid: 9n,
};
const frame = (...bytes: number[]): Uint8Array => Uint8Array.of(0, 0, 0, bytes.length, ...bytes);

describe("malformed bytes of a server end the connection, and nothing else", () => {
  it.each([
    [
      "a frame longer than any reply",
      (peer: ScriptedPeer) => peer.raw(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
    ],
    ["a frame of negative length", (peer: ScriptedPeer) => peer.raw(Uint8Array.of(0xff, 0xff, 0xff, 0xff))],
    ["a frame without a header", (peer: ScriptedPeer) => peer.raw(frame(1, 2))],
    ["an empty frame", (peer: ScriptedPeer) => peer.raw(frame())],
    ["an answer to another request", (peer: ScriptedPeer, xid: number) => peer.reply(xid + 1)],
    ["an xid that the protocol does not know", (peer: ScriptedPeer) => peer.reply(-7)],
    ["an answer to a ping that was not sent", (peer: ScriptedPeer) => peer.reply(Xid.ping)],
    ["an answer to credentials that were not sent", (peer: ScriptedPeer) => peer.reply(Xid.auth)],
    ["an answer to watches that were not sent", (peer: ScriptedPeer) => peer.reply(Xid.setWatches)],
    [
      "an answer with a truncated body",
      (peer: ScriptedPeer, xid: number) => peer.reply(xid, { write: (out) => out.writeInt(99) }),
    ],
    [
      "an event with a truncated body",
      (peer: ScriptedPeer) => peer.reply(Xid.notification, { write: (out) => out.writeInt(1) }),
    ],
  ])("%s", async (_name, misbehave) => {
    const { session, zk, peer } = await startSession();
    const made = zk.create("/a");
    misbehave(peer, (await peer.request()).xid);
    await expect(made).rejects.toMatchObject({
      code: "CONNECTION_LOSS",
      outcome: "unknown",
      cause: { name: "ConnectionError", reason: "malformed", server: session.server.connectString },
    });
    await peer.closed;
    await stillWorks(session);
  });

  it("an event that is longer than maxReplyBytes", async () => {
    const { session, peer } = await startSession({ maxReplyBytes: 100 });
    peer.reply(Xid.notification, { write: (out) => out.writeBuffer(Buffer.alloc(200)) });
    await session.reached("suspended");
    await stillWorks(session);
  });

  it("a reply without a request", async () => {
    const { session, peer } = await startSession();
    peer.reply(1);
    await session.reached("suspended");
    await stillWorks(session);
  });

  it("half a frame is not seen by the parser of the next connection", async () => {
    const { session, peer } = await startSession();
    peer.raw(Uint8Array.of(0, 0, 1, 0, 9, 9, 9));
    await session.lose(peer);
    await stillWorks(session);
  });

  it("nothing is read after the frame that ended the connection", async () => {
    const { session, zk, peer } = await startSession();
    const first = zk.create("/a");
    const second = zk.create("/b");
    const { xid } = await peer.request();
    peer.atOnce(() => {
      peer.reply(-7);
      peer.reply(xid, { write: (out) => create.writeResponse(out, { path: "/a" }) });
      peer.reply(xid + 1, { write: (out) => create.writeResponse(out, { path: "/b" }) });
    });
    await expect(first).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
    await expect(second).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
    await stillWorks(session);
  });
});

describe("answers", () => {
  it("are parsed for every split into chunks", async () => {
    const { zk, peer } = await startSession();
    const read = zk.getData("/a");
    const { xid } = await peer.request();
    const bytes = peer.encode(xid, { write: (out) => getData.writeResponse(out, { data: Buffer.from("abc"), stat }) });
    for (const byte of bytes) {
      peer.raw(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { data, stat: got } = await read;
    expect(data?.toString()).toBe("abc");
    expect(got).toEqual(stat);
  });

  it("with an unknown code reject only their operation", async () => {
    const { zk, peer } = await startSession();
    const made = zk.create("/a");
    peer.reply((await peer.request()).xid, { errno: -998 });
    await expect(made).rejects.toMatchObject({ code: "UNKNOWN_CODE", errno: -998, outcome: "rejected", path: "/a" });
    expect(zk.state).toBe("connected");
  });

  it("return data that later bytes do not overwrite", async () => {
    const { zk, peer } = await startSession();
    const read = async (text: string) => {
      const result = zk.getData("/a");
      peer.reply((await peer.request()).xid, {
        write: (out) => getData.writeResponse(out, { data: Buffer.from(text), stat }),
      });
      return (await result).data;
    };
    const first = await read("first");
    await read("other");
    expect(first?.toString()).toBe("first");
  });
});

describe("requests", () => {
  it("sent often enough keep the connection from pinging", async () => {
    const { zk, peer, clock } = await startSession();
    for (let step = 0; step < 6; step++) {
      clock.advance(TIMEOUT_MS / 6);
      const read = zk.exists("/a");
      const { xid, type } = await peer.anyRequest();
      expect(type).toBe(OpCode.exists);
      peer.reply(xid, { errno: ErrorCode.NO_NODE });
      await read;
    }
  });

  it("longer than maxRequestBytes are rejected and not sent, and the connection continues", async () => {
    const { zk, peer } = await startSession({ maxRequestBytes: 200 });
    await expect(zk.create("/a", "x".repeat(200))).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
      path: "/a",
    });
    const made = zk.create("/b");
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NODE_EXISTS });
    await expect(made).rejects.toMatchObject({ code: "NODE_EXISTS" });
  });

  it("keep the data from the time of the call", async () => {
    const { zk, peer } = await startSession();
    const scratch = Buffer.from("one");
    const made = zk.create("/a", scratch);
    scratch.write("two");
    const { xid, body } = await peer.request();
    expect(Buffer.from(create.readRequest(body).data ?? []).toString()).toBe("one");
    peer.reply(xid, { write: (out) => create.writeResponse(out, { path: "/a" }) });
    await made;
  });

  it("aborted in the tick of the call are not sent", async () => {
    const { zk, peer } = await startSession();
    const controller = new AbortController();
    const given = zk.create("/a", null, { signal: controller.signal });
    const kept = zk.create("/b");
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
    const { xid, body } = await peer.request();
    expect(create.readRequest(body).path).toBe("/b");
    peer.reply(xid, { write: (out) => create.writeResponse(out, { path: "/b" }) });
    expect(await kept).toBe("/b");
  });
});

describe("a reply that is longer than maxReplyBytes", () => {
  it.each([1_000_000, 7])("rejects its own operation, and no other: in parts of %i bytes", async (part) => {
    const { session, zk, peer } = await startSession({ maxReplyBytes: 100 });
    const [long, write, short] = [zk.getChildren("/long"), zk.setData("/a", "1"), zk.getData("/b")];
    const xids = [(await peer.request()).xid, (await peer.request()).xid, (await peer.request()).xid];
    const body = Buffer.alloc(4 + 16 + 5_000);
    body.writeInt32BE(16 + 5_000, 0);
    body.writeInt32BE(xids[0]!, 4);
    for (let at = 0; at < body.length; at += part) peer.raw(body.subarray(at, at + part));
    peer.reply(xids[1]!, { errno: ErrorCode.NO_NODE });
    peer.reply(xids[2]!, { errno: ErrorCode.NO_AUTH });
    await expect(long).rejects.toMatchObject({
      code: "REPLY_TOO_LARGE",
      outcome: "rejected",
      path: "/long",
      message: expect.stringContaining("5016 bytes, more than maxReplyBytes (100)"),
    });
    await expect(write).rejects.toMatchObject({ code: "NO_NODE" });
    await expect(short).rejects.toMatchObject({ code: "NO_AUTH" });
    expect(zk.state).toBe("connected");
    await session.lose(peer);
  });
});
