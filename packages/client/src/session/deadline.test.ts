import { create, ErrorCode, EventType, Xid } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";
import { type ScriptedSession, startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { WatchEvent } from "../api/watch-event.js";
import type { ZooKeeper } from "../api/zookeeper.js";

/** Leaves a watch on `/held`, which exists. */
const watchHeld = async (zk: ZooKeeper, peer: ScriptedPeer): Promise<WatchEvent[]> => {
  const events: WatchEvent[] = [];
  const absent = zk.exists("/held", { watch: (event) => events.push(event) });
  peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
  await absent;
  return events;
};
/** A ping of the client that has arrived and is not answered yet. */
const pinged = async ({ clock }: ScriptedSession, peer: ScriptedPeer): Promise<void> => {
  clock.advance(TIMEOUT_MS / 3);
  expect((await peer.anyRequest()).xid).toBe(Xid.ping);
};

describe("after a stall longer than the session", () => {
  it("reading the state of a connected client expires the session before the state is returned", async () => {
    const { session, zk, clock } = await startSession();
    clock.stall(TIMEOUT_MS - 1);
    expect(zk.state).toBe("connected");
    clock.stall(1);
    expect([zk.state, ...session.states]).toEqual(["connecting", "expired", "connecting"]);
    expect(zk.sessionId).toBe(0n);
  });

  it("reading the state of a suspended client expires the session before the state is returned", async () => {
    const { session, zk, peer, clock } = await startSession({ newSessionAfterExpiry: false });
    await session.lose(peer);
    clock.stall(TIMEOUT_MS);
    expect([zk.state, ...session.states]).toEqual(["expired", "suspended", "expired"]);
  });

  it("reading the id or the saved session expires the session too", async () => {
    for (const name of ["sessionId", "session"] as const) {
      const { session, zk, clock } = await startSession({ newSessionAfterExpiry: false });
      clock.stall(TIMEOUT_MS);
      expect(zk[name] ?? 0n).toBe(0n);
      expect(session.states).toEqual(["expired"]);
    }
  });

  it("a listener that reads the state gets expired, and the listeners are called for the expiry afterwards", async () => {
    const { session, zk, peer, clock } = await startSession();
    const read: string[] = [];
    zk.on("state", ({ state }) => {
      if (state === "suspended") clock.stall(TIMEOUT_MS);
      read.push(`${state}: ${zk.state}, ${zk.state}`);
    });
    await session.lose(peer);
    expect(read).toEqual([
      "suspended: expired, expired",
      "expired: expired, expired",
      "connecting: connecting, connecting",
    ]);
    expect(session.states).toEqual(["suspended", "expired", "connecting"]);
  });

  it("an operation is rejected and not sent, from the caller and from a listener", async () => {
    const { session, zk, clock } = await startSession();
    clock.stall(TIMEOUT_MS);
    const expired = { code: "SESSION_EXPIRED", outcome: "not-applied" };
    await expect(zk.create("/late")).rejects.toMatchObject(expired);
    expect(session.states).toEqual(["expired", "connecting"]);
    let late: Promise<string> | undefined;
    zk.on("state", ({ state }) => {
      if (state !== "connected") return;
      clock.stall(TIMEOUT_MS);
      late = zk.create("/late");
      late.catch(() => {});
    });
    const second = await session.next();
    await second.handshake();
    second.accept({ sessionId: 0x99n, timeoutMs: TIMEOUT_MS });
    await second.closed;
    await expect(late).rejects.toMatchObject(expired);
    expect(second.unread).toBe(0);
  });

  it("an operation is aborted by a signal in the tick of the call", async () => {
    const { zk, clock } = await startSession();
    const controller = new AbortController();
    clock.stall(TIMEOUT_MS);
    const late = zk.create("/late", null, { signal: controller.signal });
    controller.abort();
    await expect(late).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
  });

  it("a watch event in the socket is not delivered: the watch ends with the session", async () => {
    const { session, zk, peer, clock } = await startSession();
    const events = await watchHeld(zk, peer);
    clock.stall(TIMEOUT_MS);
    peer.notify(EventType.NODE_DELETED, "/held");
    await peer.closed;
    expect(session.states).toEqual(["expired", "connecting"]);
    expect(events).toEqual([{ type: "sessionEnded", path: "/held", state: "expired" }]);
  });

  it("a reply in the socket does not settle its operation", async () => {
    const { zk, peer, clock } = await startSession();
    const write = zk.delete("/held");
    const rejected = expect(write).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "unknown" });
    const { xid } = await peer.request();
    clock.stall(TIMEOUT_MS);
    peer.reply(xid, { errno: ErrorCode.NO_NODE });
    await rejected;
  });

  it("a connection that the server has ended leads to expired, not to suspended", async () => {
    const { session, zk, peer, clock } = await startSession({ newSessionAfterExpiry: false });
    const rejected = expect(zk.delete("/held")).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    await peer.request();
    clock.stall(TIMEOUT_MS);
    peer.hangUp();
    await rejected;
    expect(session.states).toEqual(["expired"]);
  });

  it.each([
    ["addAuth", (zk: ZooKeeper) => void zk.addAuth("digest", "a:b").catch(() => {})],
    ["updateServers", (zk: ZooKeeper) => void zk.updateServers("127.0.0.1:1")],
    ["close", (zk: ZooKeeper) => void zk.close()],
  ])("%s expires the session first", async (_name, call) => {
    const { session, zk, peer, clock } = await startSession();
    clock.stall(TIMEOUT_MS);
    call(zk);
    expect(session.states[0]).toBe("expired");
    await peer.closed;
    expect(peer.unread).toBe(0);
  });

  it("a late answer to the first handshake does not attach a session that may have expired", async () => {
    const { session, zk, clock } = await startSession();
    clock.stall(TIMEOUT_MS);
    expect(zk.state).toBe("connecting");
    const second = await session.server.connection();
    await second.handshake();
    clock.stall(TIMEOUT_MS);
    second.accept({ sessionId: 0x98n, timeoutMs: TIMEOUT_MS });
    await second.closed;
    const third = await session.next();
    expect((await third.handshake()).sessionId).toBe(0n);
    third.accept({ sessionId: 0x99n, timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
    expect(zk.sessionId).toBe(0x99n);
    expect(session.states).toEqual(["expired", "connecting", "connected"]);
  });
});

describe("after a stall shorter than the session, past the deadline that was known before it", () => {
  it("the answer to an earlier ping keeps the session, and the frames before that answer are delivered", async () => {
    const { session, zk, peer, clock } = await startSession();
    const events = await watchHeld(zk, peer);
    await pinged(session, peer);
    clock.stall(TIMEOUT_MS - 1);
    peer.atOnce(() => {
      peer.notify(EventType.NODE_CREATED, "/held");
      peer.reply(Xid.ping);
    });
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([{ type: "nodeCreated", path: "/held" }]);
    expect(zk.state).toBe("connected");
    const creating = zk.create("/on");
    peer.reply((await peer.request()).xid, { write: (out) => create.writeResponse(out, { path: "/on" }) });
    expect(await creating).toBe("/on");
    expect(session.states).toEqual([]);
  });

  it("the answer to an earlier operation keeps the session", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3 - 1);
    const write = zk.delete("/a");
    const { xid } = await peer.request();
    clock.stall(TIMEOUT_MS - 1);
    peer.reply(xid);
    await write;
    expect(zk.state).toBe("connected");
    expect(session.states).toEqual([]);
  });

  it("frames are held, in order, until the answer that keeps the session arrives", async () => {
    const { session, zk, peer, clock } = await startSession();
    const events = await watchHeld(zk, peer);
    await pinged(session, peer);
    clock.stall(TIMEOUT_MS - 1);
    peer.notify(EventType.NODE_CREATED, "/held");
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    peer.reply(Xid.ping);
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([{ type: "nodeCreated", path: "/held" }]);
    expect(session.states).toEqual([]);
  });

  it("the session expires if no such answer arrives within one turn", async () => {
    const { session, zk, peer, clock } = await startSession();
    const events = await watchHeld(zk, peer);
    await pinged(session, peer);
    clock.stall(TIMEOUT_MS - 1);
    peer.notify(EventType.NODE_DELETED, "/held");
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    clock.advance(0);
    await peer.closed;
    expect(session.states).toEqual(["expired", "connecting"]);
    expect(events).toEqual([{ type: "sessionEnded", path: "/held", state: "expired" }]);
  });

  it("the due timers leave one turn to read the answer that keeps the session", async () => {
    const { session, zk, peer, clock } = await startSession();
    const events = await watchHeld(zk, peer);
    await pinged(session, peer);
    clock.stall(TIMEOUT_MS - 1);
    clock.turn();
    expect(session.states).toEqual([]);
    peer.atOnce(() => {
      peer.reply(Xid.ping);
      peer.notify(EventType.NODE_CREATED, "/held");
    });
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.turn();
    expect([zk.state, ...session.states]).toEqual(["connected"]);
  });

  it("the answer to an earlier handshake keeps the session", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3 - 1);
    await session.lose(peer);
    const second = await session.server.connection();
    await second.handshake();
    clock.stall(TIMEOUT_MS - 1);
    const connected = new Promise<void>((resolve) => zk.on("state", () => resolve()));
    second.accept({ timeoutMs: TIMEOUT_MS });
    await connected;
    expect(zk.sessionId).toBe(0x77n);
    expect(session.states).toEqual(["suspended", "connected"]);
  });
});
