import { silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { startScriptedServer } from "../../test-support/scripted-server.js";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import { SavedSession } from "../api/saved-session.js";
import { connect } from "../connect.js";

const PASSWORD = new Uint8Array(16).fill(9);

it("the first handshake of a client asks for a new session with the timeout of the options", async () => {
  const server = await startScriptedServer();
  const controller = new AbortController();
  const { signal } = controller;
  const connecting = connect(server.connectString, { sessionTimeoutMs: TIMEOUT_MS, clock: new TestClock(), signal });
  const handshake = await (await server.connection()).handshake();
  expect(handshake).toEqual({
    protocolVersion: 0,
    lastZxidSeen: 0n,
    timeoutMs: TIMEOUT_MS,
    sessionId: 0n,
    password: new Uint8Array(16),
    readOnly: false,
  });
  controller.abort();
  await expect(connecting).rejects.toMatchObject({ code: "ABORTED" });
});

it("a client that waits for its session reports the step that is missing", async () => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  const limits = { sessionTimeoutMs: TIMEOUT_MS, connectTimeoutMs: 100 };
  const rejected = expect(connect(server.connectString, { ...limits, clock })).rejects.toMatchObject({
    code: "OPERATION_TIMEOUT",
    message: expect.stringContaining(`waiting for the answer of ${server.connectString} to the handshake`),
  });
  await (await server.connection()).handshake();
  clock.advance(100);
  await rejected;
});

it("a saved session is resumed with its id and password, and can be saved again", async () => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  const session = new SavedSession(0x5n, PASSWORD);
  const connecting = connect(server.connectString, { sessionTimeoutMs: TIMEOUT_MS, clock, session });
  const peer = await server.connection();
  expect(await peer.handshake()).toMatchObject({ sessionId: 0x5n, password: PASSWORD, timeoutMs: TIMEOUT_MS });
  peer.accept({ sessionId: 0x5n, password: PASSWORD, timeoutMs: 4_000 });
  const zk = await connecting;
  expect([zk.sessionId, zk.sessionTimeoutMs]).toEqual([0x5n, 4_000]);
  expect(zk.session).toEqual(session);
  await server.close();
  await zk.close();
});

it("a saved session that the servers refuse is reported, and no new session is created", async () => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  const session = new SavedSession(0x5n, PASSWORD);
  const rejected = expect(connect(server.connectString, { clock, session })).rejects.toMatchObject({
    code: "SESSION_EXPIRED",
    outcome: "rejected",
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.refuse();
  await rejected;
  await peer.closed;
  expect(clock.pending).toBe(0);
});

it("a client without a session has none to save", async () => {
  const { session, zk, peer } = await startSession({ newSessionAfterExpiry: false });
  expect(zk.session).toMatchObject({ id: 0x77n, password: new Uint8Array(16).fill(7) });
  await session.lose(peer);
  const second = await session.next();
  await second.handshake();
  second.refuse();
  await session.reached("expired");
  expect([zk.session, zk.sessionId, zk.sessionTimeoutMs]).toEqual([undefined, 0n, TIMEOUT_MS]);
});

it("connect reports the last failure when its time is over", async () => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  let failed = (): void => {};
  const attempt = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const logger = { ...silentLogger, warn: () => failed() };
  const rejected = expect(
    connect(server.connectString, { clock, logger, connectTimeoutMs: 500 }),
  ).rejects.toMatchObject({ code: "OPERATION_TIMEOUT", cause: { reason: "closed", server: server.connectString } });
  (await server.connection()).hangUp();
  await attempt;
  clock.advance(500);
  await rejected;
});

it("connect reports that the SASL mechanism fails, instead of trying again", async () => {
  const server = await startScriptedServer();
  const sasl = () => ({
    start: () => {
      throw new Error("no ticket");
    },
    answer: () => undefined,
  });
  const rejected = expect(connect(server.connectString, { clock: new TestClock(), sasl })).rejects.toMatchObject({
    code: "AUTH_FAILED",
    cause: { reason: "unauthenticated", message: expect.stringContaining("no ticket") },
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept();
  await rejected;
});

it("an operation waits for a connection, although an expiry would be final", async () => {
  const { session, zk, peer } = await startSession({ newSessionAfterExpiry: false });
  await session.lose(peer);
  const removed = zk.delete("/a");
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  next.reply((await next.request()).xid);
  expect(await removed).toBe(undefined);
});

it("an operation waits if the connection is lost within the listener that calls it", async () => {
  const { session, zk, peer, clock } = await startSession();
  await session.lose(peer);
  let removed: Promise<void> | undefined;
  zk.on("state", ({ state }) => {
    if (state !== "connected" || removed !== undefined) return;
    // The heartbeat finds the server silent.
    clock.advance(TIMEOUT_MS * (2 / 3));
    removed = zk.delete("/a");
  });
  const second = await session.next();
  await second.handshake();
  second.accept({ timeoutMs: TIMEOUT_MS });
  await second.closed;
  const third = await session.next();
  await third.handshake();
  third.accept({ timeoutMs: TIMEOUT_MS });
  third.reply((await third.request()).xid);
  expect(await removed).toBe(undefined);
  expect(session.states).toEqual(["suspended", "connected", "suspended", "connected"]);
});

it("an operation that waited for an expired session is rejected with the last failure as its cause", async () => {
  const { session, zk, peer } = await startSession({ newSessionAfterExpiry: false });
  await session.lose(peer);
  const waiting = zk.delete("/a");
  const next = await session.next();
  await next.handshake();
  next.refuse();
  await expect(waiting).rejects.toMatchObject({ code: "SESSION_EXPIRED", cause: { reason: "closed" } });
});
