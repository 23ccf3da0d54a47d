import { expect, it } from "vitest";
import { ManualClock } from "../../test-support/manual-clock.js";
import { Heartbeat } from "./heartbeat.js";

const started = () => {
  const clock = new ManualClock();
  const startMs = clock.now();
  const pings: number[] = [];
  const silent: number[] = [];
  const heartbeat = new Heartbeat({
    clock,
    sessionTimeoutMs: 9_000,
    ping: () => pings.push(clock.now() - startMs),
    onSilent: () => silent.push(clock.now() - startMs),
  });
  return { clock, heartbeat, pings, silent };
};

it("pings after a third of the session timeout without a request, and again", () => {
  const { clock, pings } = started();
  clock.advance(2_999);
  expect(pings).toEqual([]);
  clock.advance(1);
  expect(pings).toEqual([3_000]);
});

it("does not ping while requests are sent", () => {
  const { clock, heartbeat, pings } = started();
  for (let i = 0; i < 10; i++) {
    clock.advance(2_000);
    heartbeat.noteSent(clock.now());
    heartbeat.noteReceived(clock.now());
  }
  expect(pings).toEqual([]);
});

it("pings although replies arrive, because a server counts requests only", () => {
  const { clock, heartbeat, pings } = started();
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000);
    heartbeat.noteReceived(clock.now());
  }
  expect(pings).toEqual([3_000]);
});

it("reports a silent peer once, after two thirds of the session timeout without a byte", () => {
  const { clock, silent } = started();
  clock.advance(5_999);
  expect(silent).toEqual([]);
  clock.advance(60_000);
  expect(silent).toEqual([6_000]);
  expect(clock.pending).toBe(0);
});

it("counts the silence from the last byte", () => {
  const { clock, heartbeat, silent } = started();
  clock.advance(4_000);
  heartbeat.noteReceived(clock.now());
  clock.advance(5_999);
  expect(silent).toEqual([]);
  clock.advance(1);
  expect(silent).toEqual([10_000]);
});

it("after a stall waits one turn for bytes before it reports a silent peer", () => {
  const { clock, heartbeat, silent } = started();
  clock.stall(6_000);
  // The turn: this comes after the heartbeat's check and before its judgement.
  clock.setTimer(0, () => {
    expect(silent).toEqual([]);
    heartbeat.noteReceived(clock.now());
  });
  clock.advance(0);
  expect(silent).toEqual([]);
  clock.advance(5_999);
  expect(silent).toEqual([]);
});

it("after a stall reports a silent peer if nothing arrives within one turn", () => {
  const { clock, silent } = started();
  clock.stall(6_000);
  clock.advance(0);
  expect(silent).toEqual([6_000]);
});

it("after a stall pings at once if the peer is alive and a ping is due", () => {
  const { clock, heartbeat, pings } = started();
  clock.stall(6_000);
  clock.setTimer(0, () => heartbeat.noteReceived(clock.now()));
  clock.advance(0);
  expect(pings).toEqual([6_000]);
});

it("does nothing after it was stopped", () => {
  const { clock, heartbeat, pings, silent } = started();
  heartbeat.stop();
  clock.advance(60_000);
  expect([...pings, ...silent]).toEqual([]);
});
