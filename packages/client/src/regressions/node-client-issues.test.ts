/*
 * Requests and defects from the issue trackers of other clients, each as a test. A#: alexguan/node-zookeeper-client,
 * N#: yfinkelstein/node-zookeeper, K#: python-zk/kazoo, G#: go-zookeeper/zk.
 */
import dns from "node:dns";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { ErrorCode, EventType, exists, getData, multi, OpCode, sasl, setData, Xid } from "@conclave/protocol";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterEach, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import {
  type ConnectOptions,
  CreateMode,
  connect,
  createProtected,
  isZkError,
  type Stat,
  type WatchEvent,
  ZkError,
  type ZooKeeper,
} from "../index.js";
import { ManualClock } from "../scripted-server/manual-clock.js";
import { ScriptedServer } from "../scripted-server/scripted-server.js";
import { ScriptedSession, TIMEOUT_MS } from "../scripted-server/scripted-session.js";
import { makeTestCertificates } from "../secure/test-certificates.js";
import { made, stat } from "./sample-replies.js";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
const start = async (options: ConnectOptions = {}) => {
  const started = await ScriptedSession.start(options);
  open.push(started.session);
  return started;
};
const serve = async (): Promise<ScriptedServer> => {
  const server = await ScriptedServer.start();
  open.push(server);
  return server;
};
describe("1: an unknown code or malformed frames do not end the process", () => {
  it("A#23, A#70: an unknown error code does not throw in the socket handler", async () => {
    const { zk, peer } = await start();
    const [one, two] = [zk.create("/a"), zk.create("/b")];
    peer.reply((await peer.request()).xid, { errno: -998 });
    peer.reply((await peer.request()).xid, made("/b"));
    await expect(one).rejects.toMatchObject({ code: "UNKNOWN_CODE", errno: -998 });
    expect(await two).toBe("/b");
  });

  it("A#39: half a frame before a reconnect does not garble the next connection", async () => {
    const { session, zk, peer } = await start();
    peer.raw(Uint8Array.of(0, 0, 1, 0, 9, 9));
    await session.lose(peer);
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const call = zk.create("/a");
    next.reply((await next.request()).xid, made("/a"));
    expect(await call).toBe("/a");
  });

  it("A#36: SESSION_MOVED, and every other code of the servers, has a name", () => {
    const errors = Object.values(ErrorCode).map((errno) => ZkError.fromReply(errno, "getData"));
    expect(errors.map(({ code }) => code)).toEqual(Object.keys(ErrorCode));
    expect(errors.map(({ code }) => code)).toContain("SESSION_MOVED");
  });
});

it("2, A#38: a half-open connection is detected", async () => {
  const { session, zk, peer, clock } = await start();
  const rejected = expect(zk.getData("/a")).rejects.toMatchObject({
    code: "CONNECTION_LOSS",
    cause: { reason: "silent" },
  });
  await peer.request();
  for (let i = 0; i < 8 && zk.state === "connected"; i++) {
    clock.advance(TIMEOUT_MS / 12);
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(TIMEOUT_MS / 12);
  await session.reached("suspended");
  await rejected;
});

it("3, A#2, A#20, zkplus#15: an expiry is reported even during a partition, and a new session follows", async () => {
  const { session, zk, peer, clock } = await start();
  await session.server.close();
  await session.lose(peer);
  while (session.states.at(-1) === "suspended") {
    clock.advance(TIMEOUT_MS / 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(session.states).toEqual(["suspended", "expired", "connecting"]);
  expect(zk.sessionId).toBe(0n);
});

describe("4: connect fails and operations settle", () => {
  it("A#69, A#71, N#55, N#127: connect rejects after its timeout, with the reason", async () => {
    const server = await serve();
    const { connectString } = server;
    await server.close();
    const error = await connect(connectString, { connectTimeoutMs: 500 }).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: "OPERATION_TIMEOUT", cause: { reason: "unreachable" } });
  });

  it("A#61: a server that accepts connections and never answers is replaced by another", async () => {
    const server = await serve();
    const clock = new ManualClock();
    const controller = new AbortController();
    const connecting = connect(server.connectString, {
      clock,
      sessionTimeoutMs: TIMEOUT_MS,
      signal: controller.signal,
    });
    const silent = await server.connection();
    await silent.handshake();
    clock.advance(TIMEOUT_MS / 3);
    await silent.closed;
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
  });

  it("N#327: operations without a connection settle when the client is closed", async () => {
    const { session, zk, peer } = await start();
    await session.lose(peer);
    const waiting = [zk.getData("/a"), zk.create("/b"), zk.transaction().delete("/c").commit()];
    const settled = Promise.allSettled(waiting);
    await zk.close();
    for (const each of await settled) expect(each).toMatchObject({ status: "rejected", reason: { code: "CLOSED" } });
  });
});

it("5, A#90, A#87, A#47: every operation is a promise, and rejects with code, path and outcome", async () => {
  const { zk, peer } = await start();
  const read = zk.getData("/none");
  expect(read).toBeInstanceOf(Promise);
  peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
  const error = await read.catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Error);
  expect(isZkError(error, "NO_NODE") && [error.path, error.outcome, error.errno]).toEqual(["/none", "rejected", -101]);
});

it("6, A#40, A#97: TLS, and mutual TLS", async () => {
  const certificates = await makeTestCertificates();
  const server = await serve();
  const tls = createTlsServer({ ...certificates.server, ca: certificates.ca, requestCert: true }, (client) => {
    const upstream = connectTcp(Number(server.connectString.split(":")[1]), "127.0.0.1");
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  const connecting = connect(`127.0.0.1:${(tls.address() as AddressInfo).port}`, {
    tls: { ca: certificates.ca, ...certificates.client },
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept();
  const zk = await connecting;
  peer.hangUp();
  await zk.close();
  tls.close();
});

it("7, A#49, A#76, N#128, N#355: SASL precedes all requests, with any mechanism", async () => {
  const server = await serve();
  const mechanism = () => ({
    start: () => Buffer.from("hello"),
    answer: (token: Uint8Array) => (Buffer.from(token).equals(Buffer.from("who?")) ? Buffer.from("me") : undefined),
  });
  const connecting = connect(server.connectString, { sasl: mechanism, auth: [{ scheme: "digest", auth: "a:b" }] });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept();
  for (const [said, answer] of [
    ["hello", "who?"],
    ["me", "welcome"],
  ] as const) {
    const { xid, type, body } = await peer.request();
    expect([type, Buffer.from(sasl.readRequest(body).token ?? []).toString()]).toEqual([OpCode.sasl, said]);
    expect(peer.unread).toBe(0);
    peer.reply(xid, { zxid: 0n, write: (out) => sasl.writeResponse(out, { token: Buffer.from(answer) }) });
  }
  const credentials = await peer.request();
  expect(credentials.type).toBe(OpCode.auth);
  peer.reply(credentials.xid, { zxid: 0n });
  const zk = await connecting;
  peer.hangUp();
  await zk.close();
});

it("8, N#7, #8, #89, #113, #114, #115, #323: the package has no native code", async () => {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { dependencies, scripts, gypfile } = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  expect(Object.keys(dependencies ?? {})).toEqual(["@conclave/protocol", "@conclave/runtime"]);
  expect([Object.keys(scripts ?? {}).filter((name) => name.includes("install")), gypfile]).toEqual([[], undefined]);
});

it("9, N#12, #93, #238, #262: a client can be closed twice, at any time, with operations in flight", async () => {
  const { session, zk, peer } = await start();
  const calls = Promise.allSettled([
    zk.create("/a"),
    zk.getData("/b", { watch: () => {} }),
    zk.addAuth("digest", "a:b"),
  ]);
  const first = zk.close();
  expect(zk.close()).toBe(first);
  peer.hangUp();
  await first;
  for (const each of await calls) expect(each.status).toBe("rejected");
  expect([zk.state, session.clock.pending]).toEqual(["closed", 0]);
});

it("10, N#94, N#320, A#67: in transactions the version 0 means 0", async () => {
  const { zk, peer } = await start();
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

it("13, A#55, DefinitelyTyped 14235, N PR 246: results have types other than any", () => {
  const types = (zk: ZooKeeper) => ({ data: zk.getData("/"), stat: zk.exists("/"), path: zk.create("/") });
  expectTypeOf<ReturnType<typeof types>["data"]>().resolves.toEqualTypeOf<{
    readonly data: Buffer | null;
    readonly stat: Stat;
  }>();
  expectTypeOf<ReturnType<typeof types>["stat"]>().resolves.toEqualTypeOf<Stat | null>();
  expectTypeOf<ReturnType<typeof types>["path"]>().resolves.toEqualTypeOf<string>();
  expectTypeOf<Stat["mzxid"]>().toEqualTypeOf<bigint>();
});

describe("15: surprises", () => {
  it("N#141: a one-shot watch is called once, with the type of the change", async () => {
    const { zk, peer } = await start();
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

  it("A#94: null can be written and read, and is not empty data", async () => {
    const { zk, peer } = await start();
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

  it("zookeeper-cluster-client#13: reconnects leak neither sockets nor timers", async () => {
    const { session, zk, peer, clock } = await start();
    const timers = clock.pending;
    let last = peer;
    for (let i = 0; i < 20; i++) {
      await session.lose(last);
      last = await session.next();
      await last.handshake();
      last.accept({ timeoutMs: TIMEOUT_MS });
      await session.reached("connected");
    }
    expect([clock.pending, session.server.connections, zk.state]).toEqual([timers, 21, "connected"]);
  });

  it("G#12, G#67: every operation can be cancelled", async () => {
    const { zk, peer } = await start();
    const controller = new AbortController();
    const call = zk.create("/a", null, { signal: controller.signal });
    await peer.request();
    controller.abort(new Error("enough"));
    await expect(call).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown", cause: new Error("enough") });
  });

  it("G#156, K#794: a name is resolved again for each attempt", async () => {
    const server = await serve();
    const { lookup } = dns;
    let lookups = 0;
    const counting = (...args: Parameters<typeof lookup>) => {
      lookups += 1;
      return lookup(...args);
    };
    dns.lookup = counting as typeof lookup;
    syncBuiltinESMExports();
    try {
      const connecting = connect(server.connectString.replace("127.0.0.1", "localhost"));
      (await server.connection()).hangUp();
      const peer = await server.connection();
      await peer.handshake();
      peer.accept();
      const zk = await connecting;
      expect(lookups).toBeGreaterThanOrEqual(2);
      peer.hangUp();
      await zk.close();
    } finally {
      dns.lookup = lookup;
      syncBuiltinESMExports();
    }
  });
});

describeOnEachEnsemble("with servers", ({ connectString, root }) => {
  beforeAll(async () => {
    await using zk = await connect(connectString());
    await zk.create(root);
  });

  it("11, N#331, K#715, G#155, G#89, G#122: persistent and recursive watches", async () => {
    await using zk = await connect(connectString());
    const seen: string[] = [];
    await using _watch = await zk.addWatch(root, ({ type, path }) => seen.push(`${type} ${path}`), { recursive: true });
    await zk.create(`${root}/a`);
    await zk.setData(`${root}/a`, "1");
    await zk.setData(`${root}/a`, "2");
    const { length } = seen.filter((each) => each === `nodeDataChanged ${root}/a`);
    expect([seen[0], length]).toEqual([`nodeCreated ${root}/a`, 2]);
  });

  it("12, A#50, A#31, N#211, N#34: a removed watch is removed from the server and the client", async () => {
    await using zk = await connect(connectString());
    const listener = (): void => {};
    for (let i = 0; i < 100; i++) await zk.getData(root, { watch: listener });
    await zk.removeWatches(root, { listener });
    expect(await zk.checkWatches(root, "any")).toBe(false);
    await expect(zk.removeWatches(root, { listener })).rejects.toMatchObject({ code: "NO_WATCHER" });
  });

  it("14, A#8, zkplus#7: the znode of a lock is created once, even if the answer is lost", async () => {
    await using proxy = await startFaultProxy({ target: connectString().split(",")[0]! });
    await using zk = await connect(proxy.connectString, { sessionTimeoutMs: 15_000 });
    const parent = await zk.create(`${root}/lock`);
    const lost = proxy.loseReply("create2");
    const node = await createProtected(zk, `${parent}/lock-`, null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
    await lost;
    expect(await zk.getChildren(parent)).toEqual([node.path.slice(parent.length + 1)]);
  });
});

describe("measured on node-zookeeper-client 1.1.3", () => {
  it("credentials are sent before queued operations on a new connection", async () => {
    const { session, zk, peer } = await start({ auth: [{ scheme: "digest", auth: "a:b" }] });
    await session.lose(peer);
    const call = zk.getData("/a");
    call.catch(() => {});
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const [first, second] = [await next.request(), await next.request()];
    expect([first.xid, second.type]).toEqual([Xid.auth, OpCode.getData]);
  });

  it("operations that were queued before an expiry settle", async () => {
    const { session, zk, peer } = await start({ newSessionAfterExpiry: false });
    await session.lose(peer);
    const read = zk.getData("/a");
    const rejected = expect(read).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
    const next = await session.next();
    await next.handshake();
    next.refuse();
    await rejected;
  });

  it("an IPv6 literal in the connect string is an address", async () => {
    const clock = new ManualClock();
    const connecting = connect("[::1]:1", { clock, connectTimeoutMs: 60_000, signal: AbortSignal.timeout(200) });
    const error = (await connecting.catch((each: unknown) => each)) as ZkError;
    expect(error.code).toBe("ABORTED");
    const { parseConnectString } = await import("../options/connect-string.js");
    expect(parseConnectString("[::1]:2181,[fe80::1%eth0]").servers).toEqual([
      { host: "::1", port: 2181 },
      { host: "fe80::1%eth0", port: 2181 },
    ]);
  });

  it("a sequential create with a lost answer is not repeated blindly", async () => {
    const { session, zk, peer } = await start();
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
    const { zk, peer } = await start();
    const call = zk.create("/a");
    peer.reply((await peer.request()).xid, { errno: -125 });
    await expect(call).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", outcome: "rejected" });
    expect(zk.state).toBe("connected");
  });
});
