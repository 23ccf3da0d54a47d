import { ErrorCode } from "@conclave/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { ManualClock } from "../../test-support/manual-clock.js";
import { type GreetedPeer, type ReadOnlyServer, startReadOnlyServer } from "../../test-support/read-only-server.js";
import { TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { ConnectOptions } from "../api/connect-options.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { connect } from "../connect.js";

/** Moves the clock forward in small steps until the server has the next connection of a client that it serves. */
const nextGreeted = async (server: ReadOnlyServer, clock: ManualClock): Promise<GreetedPeer> => {
  let arrived = false;
  const greeted = server.greeted().finally(() => {
    arrived = true;
  });
  while (!arrived) {
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return greeted;
};

/** Connects a client to a server that has lost its ensemble. */
const connectReadOnly = async (options: ConnectOptions = {}) => {
  const server = await startReadOnlyServer();
  const clock = new ManualClock();
  const connecting = connect(server.connectString, {
    clock,
    sessionTimeoutMs: TIMEOUT_MS,
    canBeReadOnly: true,
    ...options,
  });
  const { peer, handshake } = await nextGreeted(server, clock);
  peer.accept({ sessionId: 0x5n, timeoutMs: TIMEOUT_MS, readOnly: true });
  const zk = await connecting;
  onTestFinished(async () => {
    // Without a server the client is closed at once.
    server.close();
    await zk.close();
  });
  const events: boolean[] = [];
  zk.on("readOnly", ({ isReadOnly }) => events.push(isReadOnly));
  return { server, clock, zk, peer, handshake, events };
};

const stateReached = (zk: ZooKeeper, wanted: string): Promise<void> =>
  new Promise((resolve) => {
    zk.on("state", ({ state }) => {
      if (state === wanted) resolve();
    });
  });

describe("a client on a read-only server", () => {
  it("has no session of the ensemble, and its operations are answered by that server", async () => {
    const { zk, peer, handshake } = await connectReadOnly();
    expect(handshake).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n, readOnly: true });
    expect([zk.state, zk.isReadOnly, zk.sessionId]).toEqual(["connecting", true, 0n]);
    const write = zk.setData("/a", "x");
    const { xid } = await peer.request();
    peer.reply(xid, { errno: ErrorCode.NOT_READ_ONLY });
    await expect(write).rejects.toMatchObject({ code: "NOT_READ_ONLY", outcome: "rejected" });
  });

  it("leaves that server when another one accepts the session: unanswered operations fail", async () => {
    const { server, clock, zk, peer, events } = await connectReadOnly();
    const read = zk.getData("/a");
    await peer.request();
    server.hasEnsemble = true;
    const lost = expect(read).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied" });
    const connected = stateReached(zk, "connected");
    const next = await nextGreeted(server, clock);
    expect(next.handshake).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n, readOnly: false });
    next.peer.accept({ timeoutMs: TIMEOUT_MS });
    await connected;
    await lost;
    await peer.closed;
    expect([zk.isReadOnly, events]).toEqual([false, [false]]);
  });

  it("leaves that server when the session expires for good, and its operations fail with SESSION_EXPIRED", async () => {
    const { server, clock, zk, peer: first } = await connectReadOnly({ newSessionAfterExpiry: false });
    server.hasEnsemble = true;
    const connected = stateReached(zk, "connected");
    const { peer } = await nextGreeted(server, clock);
    peer.accept({ timeoutMs: TIMEOUT_MS });
    await connected;
    await first.closed;
    server.hasEnsemble = false;
    peer.hangUp();
    const link = await nextGreeted(server, clock);
    link.peer.accept({ sessionId: 0x6n, timeoutMs: TIMEOUT_MS, readOnly: true });
    while (!zk.isReadOnly) await new Promise((resolve) => setImmediate(resolve));
    expect(zk.state).toBe("suspended");
    const read = zk.getData("/a");
    const failed = expect(read).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
    await link.peer.request();
    server.hasEnsemble = true;
    (await nextGreeted(server, clock)).peer.refuse();
    await failed;
    await link.peer.closed;
    expect([zk.state, zk.isReadOnly]).toEqual(["expired", false]);
  });

  it("tries no other server to read from while one answers", async () => {
    const { server, clock, zk, events } = await connectReadOnly();
    const another = server.greeted();
    let arrived = false;
    void another.then(() => {
      arrived = true;
    });
    // Several rounds of failed attempts, each of which would begin a search.
    for (let step = 0; step < 200; step++) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([arrived, zk.isReadOnly, events]).toEqual([false, true, []]);
  });
});

it("a client whose servers have a quorum gets no readOnly event, and asks no server for its mode", async () => {
  const server = await startReadOnlyServer();
  server.hasEnsemble = true;
  const clock = new ManualClock();
  const connecting = connect(server.connectString, { clock, sessionTimeoutMs: TIMEOUT_MS, canBeReadOnly: true });
  const first = await nextGreeted(server, clock);
  first.peer.accept({ timeoutMs: TIMEOUT_MS });
  const zk = await connecting;
  const events: unknown[] = [];
  zk.on("readOnly", (event) => events.push(event));
  const connected = stateReached(zk, "connected");
  first.peer.hangUp();
  const second = await nextGreeted(server, clock);
  second.peer.accept({ timeoutMs: TIMEOUT_MS });
  await connected;
  expect([events, server.questions]).toEqual([[], 0]);
  server.close();
  await zk.close();
});
