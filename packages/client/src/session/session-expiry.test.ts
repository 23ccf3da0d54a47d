import { deleteNode, ErrorCode, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { WatchEvent } from "../api/watch-event.js";

describe("an expiry", () => {
  it("is declared by the client during a partition, counted from the last answered request", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3);
    peer.reply((await peer.anyRequest()).xid);
    const probe = zk.sync("/");
    const request = await peer.request();
    peer.reply(request.xid, { write: (out) => out.writeString("/") });
    await probe;
    await session.server.close();
    await session.reached("suspended");
    const waiting = zk.create("/a");
    clock.advance(TIMEOUT_MS - 1);
    expect(zk.state).toBe("suspended");
    clock.advance(1);
    expect(session.states).toEqual(["suspended", "expired", "connecting"]);
    expect(zk.sessionId).toBe(0n);
    await expect(waiting).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
  });

  it("is avoided by giving up a connection on which bytes arrive, but no whole reply", async () => {
    const { session, zk, peer, clock } = await startSession();
    const write = zk.create("/a");
    const rejected = expect(write).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
    await peer.request();
    peer.raw(Uint8Array.of(0, 1, 0, 0));
    for (let step = 0; step < 400 && session.states.length === 0; step++) {
      peer.raw(Uint8Array.of(0));
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(TIMEOUT_MS / 300);
    }
    await rejected;
    expect(session.states).toEqual(["suspended"]);
    const next = await session.next();
    expect((await next.handshake()).sessionId).toBe(0x77n);
  });

  it("is not avoided in this way while a large reply is arriving, however slowly", async () => {
    const { session, zk, peer, clock } = await startSession();
    zk.getData("/a").catch(() => {});
    await peer.request();
    peer.raw(Uint8Array.of(0, 0x40, 0, 0));
    for (let step = 0; step < 270; step++) {
      peer.raw(new Uint8Array(1024));
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(TIMEOUT_MS / 300);
    }
    expect(session.states).toEqual([]);
  });

  it("that was declared is not undone by a later answer", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS * (2 / 3) - 1);
    await session.lose(peer);
    const failing = await session.server.connection();
    failing.hangUp();
    const second = await session.next();
    expect((await second.handshake()).sessionId).toBe(0x77n);
    clock.advance(TIMEOUT_MS / 3 - 1);
    expect(zk.state).toBe("connecting");
    second.accept({ timeoutMs: TIMEOUT_MS });
    await second.closed;
    const third = await session.next();
    expect(await third.handshake()).toMatchObject({
      sessionId: 0n,
      lastZxidSeen: 0n,
      password: new Uint8Array(16),
    });
    third.accept({ sessionId: 0x78n, timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
    expect(zk.sessionId).toBe(0x78n);
    expect(session.states).toEqual(["suspended", "expired", "connecting", "connected"]);
  });

  it("reported by the server leads to a new session, and ends watches and waiting operations", async () => {
    const { session, zk, peer } = await startSession();
    const events: WatchEvent[] = [];
    const absent = zk.exists("/absent", { watch: (event) => events.push(event) });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await absent;
    await session.lose(peer);
    const waiting = zk.create("/a");
    const second = await session.next();
    await second.handshake();
    second.refuse();
    await expect(waiting).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
    const third = await session.server.connection();
    expect(await third.handshake()).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n });
    third.accept({ sessionId: 0x99n, timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
    expect(session.states).toEqual(["suspended", "expired", "connecting", "connected"]);
    expect(events).toEqual([{ type: "sessionEnded", path: "/absent", state: "expired" }]);
    const probe = zk.delete("/b");
    const request = await third.request();
    expect(request.type).toBe(OpCode.delete);
    third.reply(request.xid);
    await probe;
  });

  it("follows an answer with another session (ClickHouse Keeper)", async () => {
    const { session, peer } = await startSession();
    await session.lose(peer);
    const second = await session.next();
    await second.handshake();
    second.accept({ sessionId: 0x1234n, timeoutMs: TIMEOUT_MS });
    await second.closed;
    expect(session.states).toEqual(["suspended", "expired", "connecting"]);
  });

  it("is final if newSessionAfterExpiry is false", async () => {
    const { session, zk, peer } = await startSession({ newSessionAfterExpiry: false });
    await session.lose(peer);
    const second = await session.next();
    await second.handshake();
    second.refuse();
    await session.reached("expired");
    await expect(zk.getData("/a")).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
    expect(session.clock.pending).toBe(0);
    expect(session.states).toEqual(["suspended", "expired"]);
  });

  it("lets operations of its listeners wait for the new session", async () => {
    const { session, zk, peer } = await startSession();
    let removal: Promise<void> | undefined;
    zk.on("state", ({ state }) => {
      if (state === "expired") removal = zk.delete("/mine");
    });
    await session.lose(peer);
    const second = await session.next();
    await second.handshake();
    second.refuse();
    const third = await session.server.connection();
    await third.handshake();
    third.accept({ sessionId: 0x99n, timeoutMs: TIMEOUT_MS });
    const request = await third.request();
    expect(deleteNode.readRequest(request.body).path).toBe("/mine");
    third.reply(request.xid);
    await removal;
  });
});
