import {
  AddWatchMode,
  addWatch,
  create,
  deleteNode,
  ErrorCode,
  exists,
  getChildren,
  getData,
  multiRead,
  OPEN_ACL_UNSAFE,
  OpCode,
  ping,
  removeWatches,
  setData,
  setWatches,
  WatcherType,
} from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import { silentLogger } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import { connectFrame, requestFrame, Wire } from "../../test-support/wire/wire.js";
import type { ServerOptions } from "../options/server-options.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const MEGABYTE = 1024 * 1024;
const made = (path: string, data: Uint8Array | null = null) => ({ path, data, acl: OPEN_ACL_UNSAFE, flags: 0 });

describe("a server with limits", () => {
  let server: ZooKeeperServer;
  const wires: Wire[] = [];
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_message, fields) => warnings.push(String(fields?.reason)),
  };

  const start = async (options: ServerOptions): Promise<void> => {
    server = await startServer({ logger, tickTimeMs: 100, maxSessionTimeoutMs: 20_000, ...options });
  };
  const wire = (): Wire => {
    const opened = new Wire(server.port);
    wires.push(opened);
    return opened;
  };
  const connected = async (): Promise<Wire> => {
    const opened = wire();
    await opened.connect();
    return opened;
  };
  const refused = async (): Promise<void> => {
    const opened = wire();
    opened.raw(connectFrame({}));
    await opened.closed;
    await expect(opened.frame()).rejects.toThrow("ended");
  };

  afterEach(async () => {
    for (const opened of wires.splice(0)) opened.destroy();
    warnings.splice(0);
    await server.close();
  });

  it("limits the connections from one address, and admits one when another is closed", async () => {
    await start({ maxClientConnections: 2 });
    const [first] = [await connected(), await connected()];
    await refused();
    first.destroy();
    await first.closed;
    await eventually(async () => {
      expect(await wire().connect()).toMatchObject({ timeoutMs: 10_000 });
      return true;
    });
  });

  it("has so many connections in all", async () => {
    await start({ maxClientConnections: 0, maxConnections: 1 });
    await connected();
    await refused();
    expect(warnings).toEqual(["1 connections in all are allowed"]);
  });

  it("takes so many sessions at once", async () => {
    await start({ connectionThrottle: { tokens: 1, fillTimeMs: 1_000_000 } });
    const one = await connected();
    await refused();
    expect(await one.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });

  it("closes a connection that sends a large request while there are too many, and accepts them again afterwards", async () => {
    await start({ largeRequestThreshold: 1000, largeRequestMaxBytes: 5000 });
    const one = await connected();
    const half = requestFrame(create, made("/half", new Uint8Array(4000)), 1);
    one.raw(half.subarray(0, 3500));
    const other = await connected();
    other.send(create, made("/large", new Uint8Array(3000)), 1);
    await other.closed;
    one.raw(half.subarray(3500));
    expect(await one.reply()).toMatchObject({ xid: 1, err: ErrorCode.OK });
    const third = await connected();
    expect(await third.call(create, made("/large", new Uint8Array(4000)))).toMatchObject({ err: ErrorCode.OK });
    expect(await third.call(create, made("/small", new Uint8Array(10)))).toMatchObject({ err: ErrorCode.OK });
  });

  it("answers everything, in order, where few writes may wait", async () => {
    await start({ globalOutstandingLimit: 1, maxOutstanding: 1 });
    const one = await connected();
    const other = await connected();
    for (let xid = 1; xid <= 2000; xid++) one.send(create, made(`/n${xid}`), xid);
    for (let xid = 1; xid <= 200; xid++) other.send(create, made(`/m${xid}`), xid);
    for (let xid = 1; xid <= 2000; xid++) expect(await one.reply()).toMatchObject({ xid, err: ErrorCode.OK });
    for (let xid = 1; xid <= 200; xid++) expect(await other.reply()).toMatchObject({ xid, err: ErrorCode.OK });
  });

  it("holds the requests of a client that does not read its replies, and answers them when it does", async () => {
    await start({});
    const greedy = await connected();
    await greedy.call(create, made("/large", new Uint8Array(MEGABYTE / 2)));
    const before = process.memoryUsage().arrayBuffers;
    greedy.pause();
    greedy.send(setData, { path: "/large", data: new Uint8Array(MEGABYTE / 2), version: -1 }, 1);
    for (let xid = 2; xid <= 300; xid++) greedy.send(getData, { path: "/large", watch: false }, xid);
    greedy.send(setData, { path: "/large", data: null, version: -1 }, 301);
    const other = await connected();
    for (let i = 0; i < 20; i++) await other.call(exists, { path: "/large", watch: false });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MEGABYTE);
    greedy.resume();
    for (let xid = 1; xid <= 301; xid++) expect((await greedy.reply()).xid).toBe(xid);
    expect(await other.call(getData, { path: "/large", watch: false })).toMatchObject({ response: { data: null } });
  });

  it("reads no further from a client that does not read when small requests of it are held at their true cost", async () => {
    await start({ admin: { port: 0 } });
    const greedy = await connected();
    await greedy.call(create, made("/large", new Uint8Array(MEGABYTE / 2)));
    greedy.pause();
    for (let xid = 2; xid <= 20; xid++) greedy.send(getData, { path: "/large", watch: false }, xid);
    const pings = Buffer.concat(Array.from({ length: 100_000 }, () => requestFrame(ping, undefined, -2)));
    greedy.raw(pings);
    const ask = async (command: string): Promise<Record<string, unknown>> =>
      (await (await fetch(`http://127.0.0.1:${server.adminPort}/commands/${command}`)).json()) as Record<
        string,
        unknown
      >;
    await eventually(async () => {
      const { connections } = (await ask("connections")) as { connections: { interest_ops: number }[] };
      return connections.some(({ interest_ops }) => (interest_ops & 1) === 0);
    });
    const { bytes_received_count: read } = (await ask("monitor")) as { bytes_received_count: number };
    expect(read).toBeLessThan(MEGABYTE / 2 + 200_000);
    greedy.resume();
    for (let xid = 2; xid <= 20; xid++) expect((await greedy.reply()).xid).toBe(xid);
    for (let i = 0; i < 100_000; i++) expect((await greedy.reply()).xid).toBe(-2);
  });

  it("refuses a watch beyond the limit of a connection, and accepts one when another is removed", async () => {
    await start({ maxWatchesPerConnection: 3 });
    const one = await connected();
    for (const path of ["/a", "/b"]) await one.call(create, made(path));
    expect(await one.call(addWatch, { path: "/a", mode: AddWatchMode.PERSISTENT })).toMatchObject({ err: 0 });
    expect(await one.call(getData, { path: "/a", watch: true })).toMatchObject({ err: ErrorCode.OK });
    expect(await one.call(getData, { path: "/b", watch: true })).toMatchObject({ err: ErrorCode.OK });
    for (const operation of [exists, getData, getChildren]) {
      expect(await one.call(operation as typeof exists, { path: "/", watch: true })).toMatchObject({
        err: ErrorCode.THROTTLED_OP,
      });
    }
    const mode = AddWatchMode.PERSISTENT_RECURSIVE;
    expect(await one.call(addWatch, { path: "/", mode })).toMatchObject({ err: ErrorCode.THROTTLED_OP });
    expect(await one.call(getData, { path: "/b", watch: true })).toMatchObject({ err: ErrorCode.OK });
    expect(await one.call(removeWatches, { path: "/b", type: WatcherType.ANY })).toMatchObject({ err: ErrorCode.OK });
    expect(await one.call(exists, { path: "/", watch: true })).toMatchObject({ err: ErrorCode.OK });
  });

  it("disconnects a client that restores more watches than its limit", async () => {
    await start({ maxWatchesPerConnection: 2 });
    const one = await connected();
    const existWatches = ["/x", "/y", "/z"];
    one.send(setWatches, { relativeZxid: 0n, dataWatches: [], existWatches, childWatches: [] });
    await one.closed;
    expect(warnings).toEqual(["it restores more watches than the limit of a connection"]);
  });

  it("limits all watches together, counts long paths more, and removes those of a closed connection", async () => {
    await start({ maxWatches: 5 });
    const one = await connected();
    expect(await one.call(exists, { path: `/${"x".repeat(1024)}`, watch: true })).toMatchObject({
      err: ErrorCode.NO_NODE,
    });
    const other = await connected();
    expect(await other.call(exists, { path: "/", watch: true })).toMatchObject({ err: ErrorCode.THROTTLED_OP });
    one.destroy();
    await eventually(async () => (await other.call(exists, { path: "/", watch: true })).err === ErrorCode.OK);
  });

  it("disconnects a client that does not read the events of its watches", async () => {
    await start({ maxUnsentBytes: MEGABYTE });
    const deaf = await connected();
    await deaf.call(addWatch, { path: "/", mode: AddWatchMode.PERSISTENT_RECURSIVE });
    deaf.pause();
    const busy = await connected();
    const long = `/${"x".repeat(100_000)}`;
    for (let i = 0; i < 200 && warnings.length === 0; i++) {
      await busy.call(create, made(long));
      await busy.call(deleteNode, { path: long, version: -1 });
    }
    expect(warnings).toEqual(["the client does not read the events of its watches"]);
    expect(await busy.call(getChildren, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });

  it("closes a connection that asks for a reply as large as the memory, also after a write", async () => {
    await start({});
    const other = await connected();
    await other.call(create, made("/large", new Uint8Array(MEGABYTE / 2)));
    const operations = new Array(1000).fill({ type: OpCode.getData, path: "/large" });
    const greedy = await connected();
    greedy.send(multiRead, operations, 1);
    await greedy.closed;
    const sly = await connected();
    sly.send(setData, { path: "/large", data: new Uint8Array(MEGABYTE / 2), version: -1 }, 1);
    sly.send(multiRead, operations, 2);
    await sly.closed;
    expect(await other.call(create, made("/after"))).toMatchObject({ err: ErrorCode.OK });
  });

  it("closes a connection that makes no session for too long, and none that has one", async () => {
    await start({ sessionlessTimeoutMs: 1_000 });
    const settled = await connected();
    await wire().closed;
    expect(await settled.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });

  it("checks no ACL when skipAcl is set", async () => {
    await start({ skipAcl: true });
    const one = await connected();
    const nobody = [{ permissions: 0, id: { scheme: "world", id: "anyone" } }];
    await one.call(create, { ...made("/closed"), acl: nobody });
    expect(await one.call(getData, { path: "/closed", watch: false })).toMatchObject({ err: ErrorCode.OK });
    expect(await one.call(setData, { path: "/closed", data: null, version: -1 })).toMatchObject({ err: ErrorCode.OK });
    expect(await one.call(create, made("/closed/child"))).toMatchObject({ err: ErrorCode.OK });
  });
});
