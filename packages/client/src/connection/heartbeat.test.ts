import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { Heartbeat } from "./heartbeat.js";

const started = () => {
  const clock = new TestClock();
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

it("a heartbeat pings after a third of the session timeout without a request, and again", () => {
  const { clock, pings } = started();
  clock.advance(2_999);
  expect(pings).toEqual([]);
  clock.advance(1);
  expect(pings).toEqual([3_000]);
});

it("a heartbeat does not ping while requests are sent", () => {
  const { clock, heartbeat, pings } = started();
  for (let i = 0; i < 10; i++) {
    clock.advance(2_000);
    heartbeat.noteSent(clock.now());
    heartbeat.noteReceived(clock.now());
  }
  expect(pings).toEqual([]);
});

it("a heartbeat pings although replies arrive, because a server counts requests only", () => {
  const { clock, heartbeat, pings } = started();
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000);
    heartbeat.noteReceived(clock.now());
  }
  expect(pings).toEqual([3_000]);
});

it("a heartbeat reports a silent server once, after two thirds of the session timeout without a reply", () => {
  const { clock, silent } = started();
  clock.advance(5_999);
  expect(silent).toEqual([]);
  clock.advance(60_000);
  expect(silent).toEqual([6_000]);
  expect(clock.pending).toBe(0);
});

it("a heartbeat counts the silence from the last reply", () => {
  const { clock, heartbeat, silent } = started();
  clock.advance(4_000);
  heartbeat.noteReceived(clock.now());
  clock.advance(5_999);
  expect(silent).toEqual([]);
  clock.advance(1);
  expect(silent).toEqual([10_000]);
});

it("after a stall, a heartbeat waits one turn for bytes before it reports a silent server", () => {
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

it("after a stall, a heartbeat reports a silent server if nothing arrives within one turn", () => {
  const { clock, silent } = started();
  clock.stall(6_000);
  clock.advance(0);
  expect(silent).toEqual([6_000]);
});

it("after a stall, a heartbeat pings at once if the server is alive and a ping is due", () => {
  const { clock, heartbeat, pings } = started();
  clock.stall(6_000);
  clock.setTimer(0, () => heartbeat.noteReceived(clock.now()));
  clock.advance(0);
  expect(pings).toEqual([6_000]);
});

it("a heartbeat continues after a stall that the server survived", () => {
  const { clock, heartbeat, pings, silent } = started();
  clock.stall(6_000);
  clock.setTimer(0, () => heartbeat.noteReceived(clock.now()));
  clock.advance(0);
  clock.advance(6_000);
  expect([pings, silent]).toEqual([[6_000, 9_000], [12_000]]);
});

it("a heartbeat does nothing after it was stopped", () => {
  const { clock, heartbeat, pings, silent } = started();
  heartbeat.stop();
  clock.advance(60_000);
  expect([...pings, ...silent]).toEqual([]);
});

it("a heartbeat may be stopped after it has reported a silent server", () => {
  const { clock, heartbeat, silent } = started();
  clock.advance(6_000);
  heartbeat.stop();
  expect([silent, clock.pending]).toEqual([[6_000], 0]);
});

it("a heartbeat pings in the turn in which the ping is due", () => {
  const { clock, pings } = started();
  clock.stall(3_000);
  clock.turn();
  expect(pings).toEqual([3_000]);
});

it("a heartbeat reports for how long the server was silent", () => {
  const clock = new TestClock();
  const silent: number[] = [];
  const heartbeat = new Heartbeat({
    clock,
    sessionTimeoutMs: 9_000,
    ping: () => {},
    onSilent: (silentMs) => silent.push(silentMs),
  });
  clock.advance(1_000);
  heartbeat.noteReceived(clock.now());
  clock.stall(7_000);
  clock.advance(0);
  expect(silent).toEqual([7_000]);
});

it("a heartbeat sets one timer for each time at which it has something to do", () => {
  const clock = new TestClock();
  let timers = 0;
  const counting = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    setTimer: (delayMs: number, callback: () => void) => {
      timers += 1;
      return clock.setTimer(delayMs, callback);
    },
  };
  const heartbeat = new Heartbeat({ clock: counting, sessionTimeoutMs: 9_000, ping: () => {}, onSilent: () => {} });
  for (let i = 0; i < 3; i++) {
    clock.advance(3_000);
    heartbeat.noteReceived(clock.now());
  }
  // One at the start, and one after each of three pings.
  expect(timers).toBe(4);
});
