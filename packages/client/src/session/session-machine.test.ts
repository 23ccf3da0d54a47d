import { expect, it } from "vitest";
import { SessionMachine } from "./session-machine.js";
import type { SessionEffect, SessionPhase } from "./session-state.js";

/** Creates a machine that records its effects; `during` is called for each of them. */
const recording = (during: (effect: SessionEffect, machine: SessionMachine) => void = () => {}) => {
  const log: string[] = [];
  const machine: SessionMachine = new SessionMachine(
    (effect: SessionEffect, previous: SessionPhase) => {
      log.push(`${effect} (${previous} to ${machine.phase})`);
      during(effect, machine);
    },
    (phase) => log.push(`taken: ${phase}`),
  );
  return { machine, log };
};

it("a session machine sets the phase before it executes the effects of an event, in order", () => {
  const { machine, log } = recording();
  expect(machine.phase).toBe("connecting");
  machine.happened("attached");
  expect(log).toEqual([
    "startClock (connecting to connected)",
    "resume (connecting to connected)",
    "announce (connecting to connected)",
    "taken: connected",
  ]);
});

it("a session machine takes events that occur during an effect afterwards, in order", () => {
  const { machine, log } = recording((effect, each) => {
    if (effect !== "startClock") return;
    each.happened("disconnected");
    each.happened("closed");
    expect(each.phase).toBe("connected");
  });
  machine.happened("attached");
  expect(log.filter((each) => each.startsWith("taken"))).toEqual([
    "taken: connected",
    "taken: suspended",
    "taken: closed",
  ]);
});

it("a session machine reports an event as waiting until it is taken, and not the one that is being taken", () => {
  const waiting: boolean[][] = [];
  const { machine } = recording((effect, each) => {
    const now = () => [each.isWaiting("attached"), each.isWaiting("closed"), each.isWaiting("detached", "closed")];
    if (effect === "resume") {
      waiting.push(now());
      each.happened("closed");
      waiting.push(now());
    }
    if (effect === "sendGoodbye") waiting.push(now());
  });
  machine.happened("attached");
  waiting.push([machine.isWaiting("attached"), machine.isWaiting("closed"), machine.isWaiting("detached")]);
  expect(waiting).toEqual([
    [false, false, false],
    [false, true, true],
    [false, false, false],
    [false, false, false],
  ]);
  expect(machine.phase).toBe("closing");
});
