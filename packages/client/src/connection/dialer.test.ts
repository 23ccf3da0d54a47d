import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { ManualClock } from "../../test-support/manual-clock.js";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";
import { startSession } from "../../test-support/scripted-session.js";

const TIMEOUT_MS = 9_000;

/** A session with a clock that records timers, and without random delays. */
const started = async () => {
  const clock = new ManualClock();
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
  return { session, peer, clock, drop };
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
