import { ErrorCode, OpCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { describe, expect, it } from "vitest";
import { startReadOnlyServer } from "../../test-support/read-only-server.js";
import { connectReadOnly, nextGreeted, stateReached } from "../../test-support/read-only-session.js";
import { startScriptedServer } from "../../test-support/scripted-server.js";
import { TIMEOUT_MS } from "../../test-support/scripted-session.js";
import { connect } from "../connect.js";

describe("a client on a read-only server", () => {
  it("has no session of the ensemble, and its operations are answered by that server", async () => {
    const { zk, peer, handshake } = await connectReadOnly();
    expect(handshake).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n, readOnly: true });
    expect([zk.state, zk.isReadOnly, zk.sessionId]).toEqual(["connecting", true, 0n]);
    const write = zk.setData("/a", "x");
    const { xid } = await peer.request();
    peer.reply(xid, { errno: ErrorCode.NOT_READ_ONLY });
    await expect(write).rejects.toMatchObject({
      ...{ code: "NOT_READ_ONLY", outcome: "rejected" },
      message: expect.stringContaining("call it when the state is connected, or on readWrite, which waits"),
    });
  });

  it("leaves that server when another one accepts the session: unanswered operations fail", async () => {
    const { server, clock, zk, peer, events } = await connectReadOnly();
    const read = zk.getData("/a");
    await peer.request();
    server.hasEnsemble = true;
    const lost = expect(read).rejects.toMatchObject({
      code: "CONNECTION_LOSS",
      outcome: "not-applied",
      cause: { reason: "ended", message: expect.stringContaining("ended by the client") },
    });
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

  it("is connected to the next one after it is lost, with the credentials before the operations that waited", async () => {
    const { server, clock, zk, peer, events } = await connectReadOnly();
    const added = zk.addAuth("digest", "a:b");
    peer.reply((await peer.request()).xid, { zxid: 0n });
    await added;
    const lost = new Promise<void>((resolve) => zk.on("readOnly", () => resolve()));
    peer.hangUp();
    await lost;
    expect([zk.isReadOnly, events]).toEqual([false, [false]]);
    const read = zk.exists("/a");
    const { peer: next } = await nextGreeted(server, clock);
    next.accept({ sessionId: 0x6n, timeoutMs: TIMEOUT_MS, readOnly: true });
    const [credentials, request] = [await next.request(), await next.request()];
    expect([credentials.type, request.type]).toEqual([OpCode.auth, OpCode.exists]);
    next.reply(request.xid, { errno: ErrorCode.NO_NODE });
    expect(await read).toBe(null);
    expect([zk.isReadOnly, events]).toEqual([true, [false, true]]);
  });

  it("leaves it when it is closed, and its operations fail with CLOSED", async () => {
    const { zk, peer, clock, events } = await connectReadOnly();
    const rejected = expect(zk.getData("/a")).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    await peer.request();
    await zk.close();
    await rejected;
    await peer.closed;
    expect([zk.isReadOnly, events, clock.pending]).toEqual([false, [false], 0]);
  });

  it("names the server in its log", async () => {
    const logged: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (message: string, fields?: object) => void logged.push({ message, ...fields }),
    };
    const { server } = await connectReadOnly({ logger });
    expect(logged).toContainEqual({
      message: "zookeeper: connected to a read-only server",
      server: server.connectString,
    });
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
  const clock = new TestClock();
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

it("a client asks no server for its mode before it has tried all of them", async () => {
  const [readOnly, silent] = [await startReadOnlyServer(), await startScriptedServer()];
  const clock = new TestClock();
  // With this random source the servers are tried in the reverse order.
  const random = { float: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const connecting = connect(`${silent.connectString},${readOnly.connectString}`, {
    clock,
    random,
    sessionTimeoutMs: TIMEOUT_MS,
    canBeReadOnly: true,
  });
  const second = await silent.connection();
  await second.handshake();
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(readOnly.questions).toBe(0);
  second.hangUp();
  const { peer } = await nextGreeted(readOnly, clock);
  peer.accept({ timeoutMs: TIMEOUT_MS, readOnly: true });
  const zk = await connecting;
  expect([zk.isReadOnly, readOnly.questions]).toEqual([true, 1]);
  readOnly.close();
  await silent.close();
  await zk.close();
});

it("a client that may not be read-only asks no server for its mode", async () => {
  const server = await startReadOnlyServer();
  const clock = new TestClock();
  const controller = new AbortController();
  let failed = (): void => {};
  const attempt = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const logger = { ...silentLogger, warn: () => failed() };
  const connecting = connect(server.connectString, { clock, logger, signal: controller.signal });
  await attempt;
  // The pause before the next attempt, and the report of a long wait.
  expect(clock.pending).toBe(2);
  controller.abort();
  await expect(connecting).rejects.toMatchObject({ code: "ABORTED" });
});

it("a client that is closed while a failed attempt is logged asks no server for its mode", async () => {
  const server = await startReadOnlyServer();
  server.hasEnsemble = true;
  const clock = new TestClock();
  let onFailure = (): void => {};
  const logger = { ...silentLogger, warn: (message: string) => void (message.includes("attempt") && onFailure()) };
  const options = { clock, logger, sessionTimeoutMs: TIMEOUT_MS, canBeReadOnly: true };
  const connecting = connect(server.connectString, options);
  const { peer } = await nextGreeted(server, clock);
  peer.accept({ timeoutMs: TIMEOUT_MS });
  const zk = await connecting;
  const closed = new Promise<void>((resolve) => {
    onFailure = () => resolve(zk.close());
  });
  const suspended = stateReached(zk, "suspended");
  server.hasEnsemble = false;
  peer.hangUp();
  await suspended;
  clock.advance(TIMEOUT_MS / 10);
  await closed;
  expect([clock.pending, server.questions]).toEqual([0, 0]);
});
