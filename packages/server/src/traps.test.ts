import { mkdtemp, open, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  addWatch,
  CreateMode,
  closeSession,
  create,
  createTTL,
  deleteNode,
  ErrorCode,
  exists,
  getChildren,
  getData,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  readWatcherEvent,
  type Stat,
  setData,
  setWatches,
  sync,
  Xid,
} from "@conclave/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectFrame, requestFrame, Wire } from "../test-support/wire/wire.js";
import type { ServerOptions } from "./options/server-options.js";
import { startServer, type ZooKeeperServer } from "./server.js";
import { StorageError } from "./storage/storage-error.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const made = (path: string, flags: number = CreateMode.PERSISTENT, data: Uint8Array | null = null) => ({
  ...{ path, data, acl: OPEN_ACL_UNSAFE, flags },
});

/*
 * Where servers that speak ZooKeeper's protocol go wrong. Traps 5 and 6, the order on synchronisation and the forwarding
 * of commits, are of ensembles: a standalone server has no learners.
 */
describe("a server does not step into", () => {
  let dataDir: string;
  let server: ZooKeeperServer;
  const wires: Wire[] = [];

  const start = async (options: ServerOptions = {}): Promise<void> => {
    server = await startServer({ dataDir, preAllocBytes: 65_536, extendedTypesEnabled: true, ...options });
  };
  const connected = async (): Promise<Wire> => {
    const wire = new Wire(server.port);
    wires.push(wire);
    await wire.connect();
    return wire;
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "conclave-trap-"));
    await start();
  });
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.destroy();
    await server.close();
    await rm(dataDir, { recursive: true });
  });

  it("trap 1: an event comes before every reply that could show its change, also in setWatches", async () => {
    const [writer, reader] = [await connected(), await connected()];
    await writer.call(create, made("/a"));
    await reader.call(getData, { path: "/a", watch: true });
    await writer.call(getChildren, { path: "/a", watch: true });
    const { zxid } = await writer.call(setData, { path: "/a", data: bytes("1"), version: -1 });
    reader.send(getData, { path: "/a", watch: false }, 5);
    expect(await reader.reply()).toMatchObject({ xid: Xid.notification, zxid });
    expect(await reader.reply()).toMatchObject({ xid: 5, zxid });
    writer.send(create, made("/a/b"), 6);
    const event = await writer.reply();
    expect(event.xid).toBe(Xid.notification);
    expect(await writer.reply()).toMatchObject({ xid: 6, zxid: event.zxid });
    const watches = { relativeZxid: 0n, dataWatches: ["/a"], existWatches: [], childWatches: ["/a"] };
    reader.send(setWatches, watches, Xid.setWatches);
    const xids = [await reader.reply(), await reader.reply(), await reader.reply()].map(({ xid }) => xid);
    expect(xids).toEqual([Xid.notification, Xid.notification, Xid.setWatches]);
  });

  it("trap 2: a session's reads wait for its writes, its replies come in order, refusals among them", async () => {
    const one = await connected();
    const expected: [xid: number, err: number][] = [];
    for (let xid = 1; xid <= 300; xid += 3) {
      one.send(create, made(`/n${xid}`), xid);
      one.send(exists, { path: `/n${xid}`, watch: false }, xid + 1);
      one.send(create, made(xid % 2 === 0 ? "/n1" : "/none/child"), xid + 2);
      expected.push([xid, ErrorCode.OK], [xid + 1, ErrorCode.OK]);
      expected.push([xid + 2, xid % 2 === 0 ? ErrorCode.NODE_EXISTS : ErrorCode.NO_NODE]);
    }
    const seen: [number, number][] = [];
    for (const _ of expected) {
      const { xid, err } = await one.reply();
      seen.push([xid, err]);
    }
    expect(seen).toEqual(expected);
  });

  it("trap 3: versions, sequence numbers and children are those of what is proposed, and a failed multi leaves no trace", async () => {
    const one = await connected();
    const failing = [
      { type: OpCode.create, ...made("/p/ghost") },
      { type: OpCode.setData, path: "/p", data: null, version: 0 },
      { type: OpCode.check, path: "/p", version: 99 },
    ] as const;
    one.raw(
      Buffer.concat([
        requestFrame(create, made("/p"), 1),
        requestFrame(create, made("/p/s-", CreateMode.PERSISTENT_SEQUENTIAL), 2),
        requestFrame(multi, failing, 3),
        requestFrame(create, made("/p/s-", CreateMode.PERSISTENT_SEQUENTIAL), 4),
        requestFrame(setData, { path: "/p", data: bytes("1"), version: 0 }, 5),
        requestFrame(setData, { path: "/p", data: bytes("2"), version: 1 }, 6),
        requestFrame(deleteNode, { path: "/p", version: 2 }, 7),
        requestFrame(getChildren, { path: "/p", watch: false }, 8),
      ]),
    );
    const replies = [];
    for (let i = 0; i < 8; i++) replies.push(await one.reply());
    expect(replies.map(({ err }) => err)).toEqual([0, 0, 0, 0, 0, 0, ErrorCode.NOT_EMPTY, 0]);
    const { children } = getChildren.readResponse(replies[7]!.body);
    expect([...children].sort()).toEqual(["s-0000000000", "s-0000000001"]);
  });

  it("trap 4: a write that fails takes a zxid, and the next start knows of it", async () => {
    const one = await connected();
    const { zxid } = await one.call(create, made("/a"));
    expect(await one.call(create, made("/a"))).toEqual({ err: ErrorCode.NODE_EXISTS, zxid: zxid + 1n });
    await server.close();
    await start();
    expect(server.lastZxid).toBe(zxid + 1n);
  });

  it("trap 7: what is read behind sync has all up to the transaction that sync tells", async () => {
    const [writer, reader] = [await connected(), await connected()];
    const { zxid: before, response: at } = await reader.call(getChildren, { path: "/", watch: false });
    const frames = Array.from({ length: 50 }, (_, index) => requestFrame(create, made(`/n${index}`), index + 1));
    writer.raw(Buffer.concat(frames));
    const { zxid, err } = await reader.call(sync, { path: "/" });
    expect(err).toBe(ErrorCode.OK);
    const { zxid: readAt, response } = await reader.call(getChildren, { path: "/", watch: false });
    expect(readAt).toBeGreaterThanOrEqual(zxid);
    expect(response!.children.length - at!.children.length).toBe(Number(readAt - before));
  });

  it("trap 7: a client that restores a watch is told of nothing that it has seen already", async () => {
    const [one, other] = [await connected(), await connected()];
    await one.call(create, made("/a"));
    const { zxid } = await one.call(create, made("/a/b"));
    const { zxid: relativeZxid } = await one.call(setData, { path: "/a", data: null, version: -1 });
    const lists = { existWatches: [], childWatches: ["/a"], dataWatches: [] };
    // Of the child that was made last, and of the data that were: both at the very transaction.
    expect(await other.call(setWatches, { ...lists, relativeZxid: zxid }, -8)).toMatchObject({ err: ErrorCode.OK });
    const data = { ...lists, childWatches: [], dataWatches: ["/a"], relativeZxid };
    expect(await other.call(setWatches, data, -8)).toMatchObject({ err: ErrorCode.OK });
    other.send(setWatches, { ...lists, relativeZxid: zxid - 1n }, -8);
    const event = await other.reply();
    expect([event.xid, readWatcherEvent(event.body).type]).toEqual([-1, 4]);
  });

  it("trap 8: no ephemeral outlives its session, however its making races with the end", async () => {
    const one = new Wire(server.port);
    wires.push(one);
    one.raw(
      Buffer.concat([
        connectFrame({}),
        requestFrame(create, made("/before", CreateMode.EPHEMERAL), 1),
        requestFrame(closeSession, undefined, 2),
        requestFrame(create, made("/after", CreateMode.EPHEMERAL), 3),
      ]),
    );
    await one.closed;
    const other = await connected();
    for (const path of ["/before", "/after"]) {
      expect(await other.call(exists, { path, watch: false })).toMatchObject({ err: ErrorCode.NO_NODE });
    }
  });

  it("trap 9: snapshots made while writes go on, and the log on top of them, give back the very same tree", async () => {
    await server.close();
    await start({ snapCount: 20 });
    const one = await connected();
    await one.call(create, made("/p"));
    let unanswered = 0;
    for (let i = 0; i < 400; i++) {
      if (i % 3 === 2) one.send(deleteNode, { path: `/p/n${i - 1}`, version: -1 }, i + 1);
      else one.send(create, made(`/p/n${i}`), i + 1);
      for (unanswered++; unanswered > 10 || (unanswered > 0 && i === 399); unanswered--) await one.reply();
    }
    const look = async (wire: Wire): Promise<[string[], Stat]> => {
      const { response } = await wire.call(getChildren, { path: "/p", watch: false });
      const found = await wire.call(exists, { path: "/p", watch: false });
      return [[...response!.children].sort(), found.response!.stat];
    };
    const before = await look(one);
    await server.close();
    expect(
      (await readdir(join(dataDir, "version-2"))).filter((name) => name.startsWith("snapshot.")).length,
    ).toBeGreaterThan(2);
    await start();
    expect(await look(await connected())).toEqual(before);
  });

  it("trap 10: a torn tail is cut and never written behind; a record that has changed stops the start", async () => {
    const one = await connected();
    for (let i = 0; i < 20; i++) await one.call(create, made(`/n${i}`, CreateMode.PERSISTENT, bytes("x".repeat(100))));
    await server.close();
    const folder = join(dataDir, "version-2");
    const logs = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith("log."));
    const [log = ""] = await logs();
    const path = join(folder, log);
    const { size } = await stat(path);
    const file = await open(path, "r+");
    const content = Buffer.alloc(size);
    await file.read(content, 0, size, 0);
    const end = content.lastIndexOf(0x42) + 1;
    await truncate(path, end - 10);
    await start();
    const two = await connected();
    expect(await two.call(exists, { path: "/n18", watch: false })).toMatchObject({ err: ErrorCode.OK });
    expect(await two.call(exists, { path: "/n19", watch: false })).toMatchObject({ err: ErrorCode.NO_NODE });
    await two.call(create, made("/n19"));
    await server.close();
    expect((await logs()).length).toBe(2);
    const at = content.indexOf("/n5");
    await file.write(Buffer.from("!"), 0, 1, at);
    await file.close();
    await expect(start()).rejects.toBeInstanceOf(StorageError);
    const mended = await open(path, "r+");
    await mended.write(Buffer.from("/"), 0, 1, at);
    await mended.close();
    await start();
  });

  it("trap 11: numbers of 64 bits keep all their digits, and the marks of TTL nodes stay inside", async () => {
    const one = new Wire(server.port);
    wires.push(one);
    const { sessionId } = await one.connect();
    expect(sessionId).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    await one.call(create, made("/e", CreateMode.EPHEMERAL));
    const owner = await one.call(exists, { path: "/e", watch: false });
    expect(owner.response!.stat.ephemeralOwner).toBe(sessionId);
    await one.call(createTTL, { ...made("/t", CreateMode.PERSISTENT_WITH_TTL), ttl: 0xff_ffff_ffffn });
    const ttl = await one.call(exists, { path: "/t", watch: false });
    expect(ttl.response!.stat.ephemeralOwner).toBe(0n);
    await server.close();
    await start();
    const two = await connected();
    const again = await two.call(exists, { path: "/e", watch: false });
    expect(again.response!.stat.ephemeralOwner).toBe(sessionId);
  });

  it("trap 12: null is not empty, nor is a missing byte, and no name holds what two encodings would write differently", async () => {
    const one = await connected();
    await one.call(create, made("/null", CreateMode.PERSISTENT, null));
    await one.call(create, made("/empty", CreateMode.PERSISTENT, new Uint8Array(0)));
    expect((await one.call(getData, { path: "/null", watch: false })).response!.data).toBeNull();
    expect((await one.call(getData, { path: "/empty", watch: false })).response!.data).toEqual(new Uint8Array(0));
    expect(await one.call(create, made("/\u{1F512}"))).toMatchObject({ err: ErrorCode.BAD_ARGUMENTS });
    expect(await one.call(create, made("/schlüssel€"))).toMatchObject({ response: { path: "/schlüssel€" } });
    const old = new Wire(server.port);
    wires.push(old);
    old.raw(connectFrame({ readOnly: undefined }));
    expect((await old.frame()).remaining).toBe(36);
    const young = new Wire(server.port);
    wires.push(young);
    young.raw(connectFrame({ readOnly: false }));
    expect((await young.frame()).remaining).toBe(37);
    await one.call(addWatch, { path: "/w", mode: 0 });
    one.send(create, made("/w"), 9);
    expect(readWatcherEvent((await one.reply()).body)).toMatchObject({ state: 3, path: "/w" });
  });
});
