import { ErrorCode, OpCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { WatchEvent } from "../api/watch-event.js";

describe("close", () => {
  it("ends the session after all sent operations, and accepts no more", async () => {
    const { session, zk, peer } = await startSession();
    const write = zk.delete("/a");
    const closing = zk.close();
    expect(zk.state).toBe("closed");
    await expect(zk.delete("/b")).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    const request = await peer.request();
    expect(request.type).toBe(OpCode.delete);
    const goodbye = await peer.request();
    expect(goodbye.type).toBe(OpCode.closeSession);
    peer.reply(request.xid);
    peer.reply(goodbye.xid);
    await write;
    await closing;
    await peer.closed;
    expect(zk.close()).toBe(closing);
    expect(session.clock.pending).toBe(0);
    expect(session.states).toEqual(["closed"]);
  });

  it("waits for the answer for at most a third of the session timeout", async () => {
    const { zk, peer, clock } = await startSession();
    const write = zk.create("/a");
    const closing = zk.close();
    await peer.request();
    await peer.request();
    clock.advance(TIMEOUT_MS / 3);
    await closing;
    await expect(write).rejects.toMatchObject({ code: "CLOSED", outcome: "unknown" });
    await peer.closed;
    expect(clock.pending).toBe(0);
  });

  it("logs why the last request was not answered", async () => {
    const logged: unknown[] = [];
    const logger = {
      ...silentLogger,
      debug: (message: string, fields?: object) => void logged.push({ message, ...fields }),
    };
    const { zk, peer, clock } = await startSession({ logger });
    const closing = zk.close();
    await peer.request();
    clock.advance(TIMEOUT_MS / 3);
    await closing;
    const message = "zookeeper: the last request before the end of the connection was not answered";
    expect(logged).toMatchObject([{ message, error: { code: "CLOSED", outcome: "unknown" } }]);
  });

  it("with keepSession waits for the operations before it, and leaves the session to another client", async () => {
    const { session, zk, peer } = await startSession();
    const saved = zk.session;
    const write = zk.delete("/a");
    const closing = zk.close({ keepSession: true });
    expect(zk.state).toBe("closed");
    await expect(zk.delete("/b")).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    const [first, last] = [await peer.request(), await peer.request()];
    expect([first.type, last.type]).toEqual([OpCode.delete, OpCode.sync]);
    peer.reply(first.xid);
    peer.reply(last.xid, { write: (out) => out.writeString("/") });
    await Promise.all([write, closing, peer.closed]);
    expect([peer.unread, session.states, saved?.id]).toEqual([0, ["closed"], 0x77n]);
  });

  it("with keepSession accepts no more operations, even within the listener that calls it", async () => {
    const { session, zk, peer } = await startSession();
    let late: Promise<unknown> | undefined;
    let closing: Promise<void> | undefined;
    zk.on("state", ({ state }) => {
      if (state !== "suspended") return;
      closing = zk.close({ keepSession: true });
      late = zk.create("/late").catch((error: unknown) => error);
    });
    await session.lose(peer);
    expect(await late).toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    await closing;
  });

  it("with keepSession sends no later operation, even within the listener of the connection that calls it", async () => {
    const { session, zk, peer } = await startSession();
    await session.lose(peer);
    let late: Promise<unknown> | undefined;
    zk.on("state", ({ state }) => {
      if (state !== "connected") return;
      void zk.close({ keepSession: true });
      late = zk.delete("/late").catch((error: unknown) => error);
    });
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const last = await next.request();
    expect([last.type, next.unread]).toEqual([OpCode.sync, 0]);
    expect(await late).toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    next.reply(last.xid, { write: (out) => out.writeString("/") });
    await next.closed;
  });

  it("resolves although the connection is lost within the listener that calls it", async () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, debug: (_message: string, fields?: object) => void logged.push(fields) };
    const { session, zk, peer, clock } = await startSession({ logger });
    await session.lose(peer);
    let closing: Promise<void> | undefined;
    zk.on("state", ({ state }) => {
      if (state !== "connected") return;
      closing = zk.close();
      // The heartbeat finds the server silent.
      clock.advance(TIMEOUT_MS * (2 / 3));
    });
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    await next.closed;
    await closing;
    expect(session.states).toEqual(["suspended", "connected", "closed"]);
    expect(logged).toMatchObject([{ error: { code: "CONNECTION_LOSS", outcome: "not-applied" } }]);
  });

  it("of a suspended client resolves at once, and settles waiting operations", async () => {
    const { session, zk, peer, clock } = await startSession();
    await session.lose(peer);
    const waiting = zk.create("/a");
    await zk.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    expect(clock.pending).toBe(0);
  });

  it("ends watches, including that of a read whose reply arrives after the close", async () => {
    const { zk, peer } = await startSession();
    const events: WatchEvent[] = [];
    const watch = (event: WatchEvent) => events.push(event);
    const early = zk.exists("/early", { watch });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await early;
    const late = zk.exists("/late", { watch });
    const closing = zk.close();
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    peer.reply((await peer.request()).xid);
    await late;
    await closing;
    expect(events).toEqual([
      { type: "sessionEnded", path: "/early", state: "closed" },
      { type: "sessionEnded", path: "/late", state: "closed" },
    ]);
  });

  it("accepts no more operations, even within the listener that calls it", async () => {
    const { session, zk, peer } = await startSession();
    let late: Promise<unknown> | undefined;
    let closing: Promise<void> | undefined;
    await session.lose(peer);
    zk.on("state", ({ state }) => {
      if (state !== "connected") return;
      closing = zk.close();
      late = zk.create("/late").catch((error: unknown) => error);
    });
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const goodbye = await next.request();
    expect(goodbye.type).toBe(OpCode.closeSession);
    next.reply(goodbye.xid);
    expect(await late).toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    await closing;
    expect(session.states).toEqual(["suspended", "connected", "closed"]);
  });

  it("rejects operations that a listener of the state closed calls", async () => {
    const { session, zk, peer } = await startSession();
    let late: Promise<unknown> | undefined;
    await session.lose(peer);
    zk.on("state", ({ state }) => {
      if (state === "closed") late = zk.create("/late").catch((error: unknown) => error);
    });
    await zk.close();
    expect(await late).toMatchObject({ code: "CLOSED", outcome: "not-applied" });
  });

  it("by a listener of a state takes effect after that state", async () => {
    const { session, zk, peer } = await startSession();
    let closing: Promise<void> | undefined;
    zk.on("state", ({ state }) => {
      if (state === "suspended") closing = zk.close();
    });
    await session.lose(peer);
    await closing;
    expect(session.states).toEqual(["suspended", "closed"]);
    expect(session.clock.pending).toBe(0);
  });
});

describe("a client that is closed during a move to another server", () => {
  it("keeps the connection until the server has answered the end of the session", async () => {
    const unanswered: string[] = [];
    const logger = { ...silentLogger, debug: (message: string) => void unanswered.push(message) };
    const { zk, peer } = await startSession({ logger });
    expect(zk.updateServers("127.0.0.1:1")).toBe(true);
    const barrier = await peer.request();
    const closing = zk.close();
    const goodbye = await peer.request();
    expect(goodbye.type).toBe(OpCode.closeSession);
    peer.reply(barrier.xid, { write: (out) => out.writeString("/") });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    peer.reply(goodbye.xid);
    await closing;
    expect(unanswered).toEqual([]);
  });
});
