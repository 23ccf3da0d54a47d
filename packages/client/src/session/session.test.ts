import {
  addWatch,
  auth,
  create,
  ErrorCode,
  EventType,
  getData,
  OpCode,
  setWatches,
  setWatches2,
  Xid,
} from "@conclave/protocol";
import { type Meter, silentMeter } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { stat } from "../../test-support/sample-replies.js";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { PersistentWatchEvent, WatchEvent } from "../api/watch-event.js";

const PASSWORD = new Uint8Array(16).fill(7);

describe("a new connection", () => {
  it("receives the session, credentials, watches and waiting operations, in this order", async () => {
    const { session, zk, peer } = await startSession({ auth: [{ scheme: "digest", auth: "a:b" }] }, "/app");
    const absent = zk.exists("/absent", { watch: () => {} });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE, zxid: 0x5_0000_0009n });
    await absent;
    const read = zk.getData("/there", { watch: () => {} });
    peer.reply((await peer.request()).xid, {
      zxid: 0x5_0000_000an,
      write: (out) => getData.writeResponse(out, { data: null, stat }),
    });
    await read;
    await session.lose(peer);
    const made = zk.create("/late");
    made.catch(() => {});
    const next = await session.next();
    expect(await next.handshake()).toMatchObject({
      sessionId: 0x77n,
      password: PASSWORD,
      lastZxidSeen: 0x5_0000_000an,
      timeoutMs: TIMEOUT_MS,
      readOnly: false,
    });
    next.accept({ timeoutMs: TIMEOUT_MS });
    const first = await next.request();
    expect([first.xid, first.type]).toEqual([Xid.auth, OpCode.auth]);
    expect(auth.readRequest(first.body)).toEqual({ scheme: "digest", auth: new Uint8Array(Buffer.from("a:b")) });
    const second = await next.request();
    expect([second.xid, second.type]).toEqual([Xid.setWatches, OpCode.setWatches]);
    expect(setWatches.readRequest(second.body)).toEqual({
      relativeZxid: 0x5_0000_000an,
      dataWatches: ["/app/there"],
      existWatches: ["/app/absent"],
      childWatches: [],
    });
    const third = await next.request();
    expect(third.type).toBe(OpCode.create);
    next.reply(Xid.auth, { zxid: 0n });
    next.reply(Xid.setWatches);
    next.reply(third.xid, { write: (out) => create.writeResponse(out, { path: "/app/late" }) });
    expect(await made).toBe("/late");
    expect(session.states).toEqual(["suspended", "connected"]);
  });

  it("restores persistent watches, reports the gap, and then sends the reads of listeners", async () => {
    const { session, zk, peer } = await startSession({}, "/app");
    const events: PersistentWatchEvent[] = [];
    const reads: Promise<unknown>[] = [];
    const onEvent = (event: PersistentWatchEvent): void => {
      events.push(event);
      if (event.type === "gap") reads.push(zk.getData("/there").catch(() => {}));
    };
    for (const recursive of [false, true]) {
      const added = zk.addWatch("/there", onEvent, { recursive });
      const { xid, type, body } = await peer.request();
      expect([type, addWatch.readRequest(body)]).toEqual([
        OpCode.addWatch,
        { path: "/app/there", mode: Number(recursive) },
      ]);
      peer.reply(xid, { zxid: 0x9n, write: (out) => addWatch.writeResponse(out, { err: 0 }) });
      await added;
    }
    await session.lose(peer);
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const first = await next.request();
    expect([first.xid, first.type]).toEqual([Xid.setWatches, OpCode.setWatches2]);
    expect(setWatches2.readRequest(first.body)).toEqual({
      relativeZxid: 0x9n,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      persistentWatches: ["/app/there"],
      persistentRecursiveWatches: ["/app/there"],
    });
    expect((await next.request()).type).toBe(OpCode.getData);
    expect(events).toEqual([
      { type: "gap", path: "/there", reason: "reconnected" },
      { type: "gap", path: "/there", reason: "reconnected" },
    ]);
  });

  it("restores all watches by setWatches2 if any of them is persistent, in several requests too", async () => {
    const { session, zk, peer } = await startSession();
    const long = ["a", "b"].map((letter) => `/${letter.repeat(100_000)}`);
    for (const path of long) {
      const absent = zk.exists(path, { watch: () => {} });
      peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
      await absent;
    }
    const added = zk.addWatch("/p", () => {});
    peer.reply((await peer.request()).xid, { write: (out) => addWatch.writeResponse(out, { err: 0 }) });
    await added;
    await session.lose(peer);
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const requests = [await next.request(), await next.request()];
    expect(requests.map(({ type }) => type)).toEqual([setWatches2.type, setWatches2.type]);
    const sent = requests.map(({ body }) => setWatches2.readRequest(body));
    expect(sent.flatMap(({ existWatches }) => existWatches)).toEqual(long);
    expect(sent.flatMap(({ persistentWatches }) => persistentWatches)).toEqual(["/p"]);
  });

  it("is replaced if the server refuses credentials that were accepted before", async () => {
    const { session, peer } = await startSession({ auth: [{ scheme: "digest", auth: "a:b" }] });
    await session.lose(peer);
    const second = await session.next();
    await second.handshake();
    second.accept({ timeoutMs: TIMEOUT_MS });
    second.reply((await second.request()).xid, { errno: ErrorCode.AUTH_FAILED, zxid: 0n });
    await second.closed;
    const third = await session.next();
    expect((await third.handshake()).sessionId).toBe(0x77n);
    third.accept({ timeoutMs: TIMEOUT_MS });
    expect((await third.request()).type).toBe(OpCode.auth);
  });

  it("is replaced if the server refuses the watches", async () => {
    const { session, zk, peer } = await startSession();
    const absent = zk.exists("/absent", { watch: () => {} });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await absent;
    await session.lose(peer);
    const second = await session.next();
    await second.handshake();
    second.accept({ timeoutMs: TIMEOUT_MS });
    second.reply((await second.request()).xid, { errno: ErrorCode.SYSTEM_ERROR });
    await second.closed;
  });

  it("sends waiting operations with the data from the time of the call", async () => {
    const { session, zk, peer } = await startSession();
    await session.lose(peer);
    const scratch = Buffer.from("one");
    const made = zk.create("/a", scratch);
    scratch.write("two");
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const request = await next.request();
    expect(Buffer.from(create.readRequest(request.body).data ?? []).toString()).toBe("one");
    next.reply(request.xid, { write: (out) => create.writeResponse(out, { path: "/a" }) });
    await made;
  });
});

describe("a lost connection", () => {
  it("rejects operations in flight: writes as unknown, reads as not applied", async () => {
    const { session, zk, peer } = await startSession();
    const write = zk.create("/a");
    const read = zk.getData("/b");
    await peer.request();
    await peer.request();
    await session.lose(peer);
    await expect(write).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown", path: "/a" });
    await expect(read).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied", path: "/b" });
  });

  it("rejects queued operations as not applied, and does not send them later", async () => {
    const { session, zk, clock } = await startSession();
    const queued = zk.create("/a");
    // Within the same tick, before anything is written: the server has been silent for too long.
    clock.advance(TIMEOUT_MS * (2 / 3));
    expect(zk.state).toBe("suspended");
    const later = zk.delete("/b");
    await expect(queued).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied", path: "/a" });
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const request = await next.request();
    expect(request.type).toBe(OpCode.delete);
    next.reply(request.xid);
    await later;
  });

  it("has the state suspended by the time its operations are rejected", async () => {
    const { session, zk, peer } = await startSession();
    const write = zk.create("/a");
    await peer.request();
    const states: string[] = [];
    const rejected = write.catch(() => states.push(zk.state));
    await session.lose(peer);
    await rejected;
    expect(states).toEqual(["suspended"]);
  });

  it("is detected when the server is silent for two thirds of the session timeout despite pings", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3);
    expect((await peer.anyRequest()).xid).toBe(Xid.ping);
    clock.advance(TIMEOUT_MS / 3 - 1);
    expect(zk.state).toBe("connected");
    clock.advance(2);
    expect(session.states).toEqual(["suspended"]);
    await peer.closed;
  });
});

describe("the meter", () => {
  it("counts states, lost connections and watch events", async () => {
    const counts: string[] = [];
    const meter: Meter = {
      ...silentMeter,
      count: (name, _by, labels) => void counts.push([name, labels?.state].filter(Boolean).join(" ")),
    };
    const { session, zk, peer } = await startSession({ meter });
    peer.notify(EventType.NODE_CREATED, "/a");
    const read = zk.exists("/b");
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await read;
    await session.lose(peer);
    expect(counts).toEqual([
      "client_session_states connected",
      "client_watch_events",
      "client_connection_losses",
      "client_session_states suspended",
    ]);
  });
});

describe("order", () => {
  it("is the server's for results and events, even in one packet", async () => {
    const { zk, peer } = await startSession();
    const seen: string[] = [];
    const first = zk.getData("/a", { watch: ({ type }) => seen.push(type) }).then(() => seen.push("first"));
    const second = zk.getData("/a").then(() => seen.push("second"));
    const one = await peer.request();
    const two = await peer.request();
    const write = (out: Parameters<typeof getData.writeResponse>[0]) =>
      getData.writeResponse(out, { data: null, stat });
    peer.atOnce(() => {
      peer.reply(one.xid, { write });
      peer.notify(EventType.NODE_DATA_CHANGED, "/a");
      peer.reply(two.xid, { write });
    });
    await Promise.all([first, second]);
    expect(seen).toEqual(["first", "nodeDataChanged", "second"]);
  });

  it("is kept if an operation is aborted in flight: its answer is ignored", async () => {
    const { zk, peer } = await startSession();
    const controller = new AbortController();
    const given = zk.create("/a", null, { signal: controller.signal });
    const kept = zk.create("/b");
    const one = await peer.request();
    const two = await peer.request();
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown" });
    peer.reply(one.xid, { write: (out) => create.writeResponse(out, { path: "/a" }) });
    peer.reply(two.xid, { write: (out) => create.writeResponse(out, { path: "/b" }) });
    expect(await kept).toBe("/b");
    expect(zk.state).toBe("connected");
  });

  it("an aborted read leaves no watch", async () => {
    const { zk, peer } = await startSession();
    const controller = new AbortController();
    const events: WatchEvent[] = [];
    const given = zk.exists("/a", { watch: (event) => events.push(event), signal: controller.signal });
    const one = await peer.request();
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
    const dropped = await peer.request();
    expect(dropped.type).toBe(OpCode.removeWatches);
    peer.reply(one.xid, { errno: ErrorCode.NO_NODE });
    // The event was on its way.
    peer.notify(EventType.NODE_CREATED, "/a");
    peer.reply(dropped.xid, { errno: ErrorCode.NO_WATCHER });
    const barrier = zk.delete("/b");
    peer.reply((await peer.request()).xid);
    await barrier;
    expect(events).toEqual([]);
  });
});
