import { ErrorCode, exists, getData, OpCode, sync } from "@conclave/protocol";
import { expect, it } from "vitest";
import { connectReadOnly, loseEnsemble, reconnect } from "../../test-support/read-only-session.js";
import { stat } from "../../test-support/sample-replies.js";
import type { ReceivedRequest, ScriptedPeer } from "../../test-support/scripted-peer.js";
import { startSession } from "../../test-support/scripted-session.js";
import { setDataOnce } from "../retry/versioned-writes.js";
import { jsonCodec } from "../typed/json-codec.js";

const answerRead = (peer: ScriptedPeer, { xid }: ReceivedRequest, text: string) =>
  peer.reply(xid, { write: (out) => getData.writeResponse(out, { data: Buffer.from(text), stat }) });

it("readWrite is the client itself if it never uses a read-only server", async () => {
  const { zk } = await startSession();
  expect(zk.readWrite).toBe(zk);
});

it("readWrite has the session, the events and the end of its client", async () => {
  const { zk, peer } = await connectReadOnly();
  const { readWrite } = zk;
  expect(readWrite).not.toBe(zk);
  expect([readWrite.readWrite, zk.readWrite]).toEqual([readWrite, readWrite]);
  expect([readWrite.state, readWrite.isReadOnly, readWrite.chroot]).toEqual(["connecting", true, ""]);
  const states: string[] = [];
  readWrite.on("state", ({ state }) => states.push(state));
  await readWrite.close();
  await peer.closed;
  expect([zk.state, states]).toEqual(["closed", ["closed"]]);
});

it("operations of readWrite wait while a read-only server answers, and are sent to the next one in order", async () => {
  const client = await connectReadOnly();
  const { zk, peer } = client;
  const waiting = [zk.readWrite.getData("/a"), zk.readWrite.exists("/b")] as const;
  const plain = zk.exists("/c");
  const onReadOnly = await peer.request();
  expect(exists.readRequest(onReadOnly.body).path).toBe("/c");
  peer.reply(onReadOnly.xid, { errno: ErrorCode.NO_NODE });
  expect([await plain, peer.unread]).toEqual([null, 0]);
  const serving = await reconnect(client);
  answerRead(serving, await serving.request(), "read");
  serving.reply((await serving.request()).xid, { errno: ErrorCode.NO_NODE });
  expect([(await waiting[0]).data?.toString(), await waiting[1]]).toEqual(["read", null]);
});

it("operations that waited before a read-only server was found are sent there, except those of readWrite", async () => {
  const client = await connectReadOnly();
  const { zk } = client;
  const serving = await reconnect(client);
  client.server.hasEnsemble = false;
  const suspended = new Promise<void>((resolve) => zk.on("state", () => resolve()));
  serving.hangUp();
  await suspended;
  const [waits, plain] = [zk.readWrite.getData("/a"), zk.exists("/b")];
  const readOnly = await loseEnsemble(client, serving);
  const request = await readOnly.request();
  expect(exists.readRequest(request.body).path).toBe("/b");
  readOnly.reply(request.xid, { errno: ErrorCode.NO_NODE });
  expect([await plain, readOnly.unread]).toEqual([null, 0]);
  const closing = expect(waits).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
  await zk.close();
  await closing;
});

it("an operation of readWrite that is aborted while it waits is never sent", async () => {
  const client = await connectReadOnly();
  const controller = new AbortController();
  const aborted = client.zk.readWrite.getData("/a", { signal: controller.signal });
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
  const serving = await reconnect(client);
  const next = client.zk.exists("/b");
  const request = await serving.request();
  expect(exists.readRequest(request.body).path).toBe("/b");
  serving.reply(request.xid, { errno: ErrorCode.NO_NODE });
  expect(await next).toBe(null);
});

it("update reads and writes at a server that serves the session, not at a read-only one", async () => {
  const client = await connectReadOnly();
  const updated = client.zk
    .typed(jsonCodec<number>())
    .update("/count", (count) => count + 1)
    .then(({ data }) => data);
  const plain = client.zk.exists("/a");
  const first = await client.peer.request();
  expect(first.type).toBe(OpCode.exists);
  client.peer.reply(first.xid, { errno: ErrorCode.NO_NODE });
  await plain;
  const serving = await reconnect(client);
  answerRead(serving, await serving.request(), "7");
  const write = await serving.request();
  expect(write.type).toBe(OpCode.setData);
  serving.reply(write.xid, { write: (out) => exists.writeResponse(out, { stat }) });
  expect(await updated).toBe(8);
});

it("a write with a lost answer is looked for at a server that serves the session, not at a read-only one", async () => {
  const client = await connectReadOnly();
  const serving = await reconnect(client);
  const written = setDataOnce(client.zk, "/a", "mine", { czxid: stat.czxid, version: stat.version }, { attempts: 5 });
  expect((await serving.request()).type).toBe(OpCode.setData);
  await loseEnsemble(client, serving);
  const next = await reconnect(client);
  const [first, second] = [await next.request(), await next.request()];
  expect([first.type, second.type]).toEqual([OpCode.sync, OpCode.getData]);
  next.reply(first.xid, { write: (out) => sync.writeResponse(out, { path: "/a" }) });
  next.reply(second.xid, {
    write: (out) =>
      getData.writeResponse(out, { data: Buffer.from("mine"), stat: { ...stat, version: stat.version + 1 } }),
  });
  expect((await written).version).toBe(stat.version + 1);
});
