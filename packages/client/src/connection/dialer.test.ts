import { silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";
import { startSession } from "../../test-support/scripted-session.js";
import type { ConnectionError } from "../api/connection-error.js";

const TIMEOUT_MS = 9_000;
/** Limit of one attempt to connect to the only server. */
const ATTEMPT_MS = TIMEOUT_MS / 3;

/** A session with a clock that records timers, and without random delays. */
const started = async () => {
  const clock = new TestClock();
  const timers: number[] = [];
  const recording = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    setTimer: (delayMs: number, callback: () => void) => {
      timers.push(delayMs);
      return clock.setTimer(delayMs, callback);
    },
  };
  const random = { float: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const { session, peer } = await startSession({ clock: recording, random });
  /** Drops the client; returns the timers that this sets. */
  const drop = async (each: ScriptedPeer): Promise<number[]> => {
    timers.length = 0;
    await session.lose(each);
    return [...timers];
  };
  /** Fails the attempt that is under way; returns the delay before the next one. */
  const failAttempt = async (): Promise<number | undefined> => {
    timers.length = 0;
    (await session.server.connection()).hangUp();
    while (timers.every((delayMs) => delayMs >= ATTEMPT_MS)) await new Promise((resolve) => setImmediate(resolve));
    return timers.find((delayMs) => delayMs < ATTEMPT_MS);
  };
  return { session, zk: session.zk, peer, clock, drop, failAttempt };
};

it("the client backs off from a server that accepts the session and drops it at once", async () => {
  const { session, peer, clock, drop } = await started();
  let last = peer;
  for (const waitMs of [100, 200, 400, 800, 900, 900]) {
    expect(await drop(last)).toEqual([waitMs]);
    clock.advance(waitMs);
    last = await session.server.connection();
    await last.handshake();
    last.accept({ timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
  }
});

it("the client reconnects at once to a server that drops the session after a second", async () => {
  const { session, peer, clock, drop } = await started();
  clock.advance(999);
  expect(await drop(peer)).toEqual([100]);
  clock.advance(100);
  const second = await session.server.connection();
  await second.handshake();
  second.accept({ timeoutMs: TIMEOUT_MS });
  await session.reached("connected");
  clock.advance(1_000);
  await drop(second);
  const third = await session.server.connection();
  await third.handshake();
});

it("the client backs off if each session is dropped at once and then refused", async () => {
  const { session, peer, clock, drop } = await started();
  let last = peer;
  for (const waitMs of [100, 200, 400]) {
    expect(await drop(last)).toEqual([waitMs]);
    clock.advance(waitMs);
    const refusing = await session.server.connection();
    await refusing.handshake();
    refusing.refuse();
    await refusing.closed;
    last = await session.server.connection();
    expect((await last.handshake()).sessionId).toBe(0n);
    last.accept({ sessionId: BigInt(waitMs), timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
  }
});

it("the client stops dialing if the logger closes it during the report of a failed attempt", async () => {
  let onFailure = (): void => {};
  const logger = { ...silentLogger, warn: (message: string) => void (message.includes("attempt") && onFailure()) };
  const { session, zk, peer, clock } = await startSession({ logger });
  const closed = new Promise<void>((resolve) => {
    onFailure = () => resolve(zk.close());
  });
  clock.advance(1_000);
  await session.lose(peer);
  (await session.server.connection()).hangUp();
  await closed;
  expect(clock.pending).toBe(0);
  expect(session.server.connections).toBe(2);
});

it("the client starts over with its delays after a change of the list of servers", async () => {
  const { session, zk, peer, clock, drop, failAttempt } = await started();
  await drop(peer);
  for (const [before, after] of [
    [100, 200],
    [200, 400],
  ] as const) {
    clock.advance(before);
    expect(await failAttempt()).toBe(after);
  }
  zk.updateServers(session.server.connectString);
  clock.advance(400);
  expect(await failAttempt()).toBe(100);
});

it("the client logs a failed attempt as a warning again after a server has accepted the session", async () => {
  const levels: string[] = [];
  const log = (level: string) => (message: string) => {
    if (message === "zookeeper: attempt to connect failed") levels.push(level);
  };
  const logger = { ...silentLogger, warn: log("warn"), debug: log("debug") };
  const { session, peer } = await startSession({ logger });
  const logged = async (count: number): Promise<void> => {
    while (levels.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  await session.lose(peer);
  (await session.next()).hangUp();
  await logged(1);
  (await session.next()).hangUp();
  await logged(2);
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  await session.reached("connected");
  await session.lose(next);
  (await session.next()).hangUp();
  await logged(3);
  expect(levels).toEqual(["warn", "debug", "warn"]);
});

it("a server that is read-only without being asked for it neither serves nor ends the session", async () => {
  const messages: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (_message: string, { error }: { error?: ConnectionError } = {}) =>
      void messages.push(`${error?.reason}: ${error?.message}`),
  };
  const { session, zk, peer } = await startSession({ logger });
  const { sessionId } = zk;
  await session.lose(peer);
  const readOnly = await session.next();
  await readOnly.handshake();
  readOnly.accept({ sessionId: 0x9n, timeoutMs: TIMEOUT_MS, readOnly: true });
  await readOnly.closed;
  const next = await session.next();
  expect((await next.handshake()).sessionId).toBe(sessionId);
  next.accept({ sessionId, timeoutMs: TIMEOUT_MS });
  await session.reached("connected");
  expect([zk.sessionId, session.states]).toEqual([sessionId, ["suspended", "connected"]]);
  const { connectString } = session.server;
  expect(messages).toContain(
    `malformed: ${connectString}: the server is read-only, although the handshake did not accept that`,
  );
});
