import { describe, expect, it } from "vitest";
import {
  newPersistentNodeState,
  type PersistentNodeEffect,
  type PersistentNodeEvent,
  type PersistentNodePhase,
  type PersistentNodeState,
  transition,
} from "./persistent-node-state.js";

const requestId = 7;
const events = {
  start: { type: "start" },
  prepared: { type: "prepared", requestId },
  created: { type: "created", requestId },
  taken: { type: "taken", requestId },
  noParent: { type: "noParent", requestId },
  own: { type: "examined", requestId, owner: "own" },
  foreign: { type: "examined", requestId, owner: "foreign" },
  missing: { type: "examined", requestId, owner: "none" },
  again: { type: "failed", requestId, failure: "again" },
  unknown: { type: "failed", requestId, failure: "unknown" },
  fatal: { type: "failed", requestId, failure: "fatal" },
  changed: { type: "changed" },
  suspended: { type: "suspended" },
  connected: { type: "connected" },
  expired: { type: "expired" },
  stop: { type: "stop" },
} as const satisfies Record<string, PersistentNodeEvent>;
type EventName = keyof typeof events;
type Cell = "-" | `${PersistentNodePhase}${"" | `: ${string}`}`;

/** Transitions on an answer, equal in all phases with a pending request: the table does not check which request it answers. */
const answers = {
  prepared: "creating: create",
  created: "examining: examine",
  taken: "examining: examine",
  noParent: "preparing: prepare",
  own: "present: report present",
  foreign: "blocked",
  missing: "creating: create",
  fatal: "creating: createLater",
} as const satisfies Partial<Record<EventName, Cell>>;
const pending = {
  ...answers,
  start: "-",
  changed: "-",
  suspended: "-",
  connected: "-",
  expired: "creating: create",
  stop: "stopped: remove",
} as const satisfies Partial<Record<EventName, Cell>>;
const none = Object.fromEntries(Object.keys(events).map((name) => [name, "-"])) as Record<EventName, "-">;

const table: Record<PersistentNodePhase, Record<EventName, Cell>> = {
  idle: { ...none, start: "creating: create", stop: "stopped" },
  preparing: { ...pending, again: "preparing: prepare", unknown: "preparing: prepare" },
  creating: { ...pending, again: "creating: create", unknown: "examining: examine" },
  examining: {
    ...pending,
    ...{ again: "examining: examine", unknown: "examining: examine", changed: "examining: examine" },
    suspended: "examining: examine",
  },
  present: {
    ...{ ...none, changed: "examining: examine", connected: "examining: examine" },
    ...{
      suspended: "examining: examine",
      expired: "creating: report absent, create",
      stop: "stopped: report absent, remove watched",
    },
    // No request is pending, so these events cannot occur.
    ...{ ...answers, again: "examining: examine", unknown: "examining: examine", own: "present" },
    ...{
      foreign: "blocked: report absent",
      missing: "creating: report absent, create",
      fatal: "creating: report absent, createLater",
    },
  },
  blocked: {
    ...{ ...none, changed: "examining: examine", connected: "examining: examine" },
    ...{ expired: "creating: create", stop: "stopped: remove" },
    ...{ ...answers, again: "examining: examine", unknown: "examining: examine" },
  },
  stopped: none,
};

function describeEffect(effect: PersistentNodeEffect): string {
  if (effect.type === "report") return effect.isPresent ? "report present" : "report absent";
  return effect.type === "remove" && effect.isWatched ? "remove watched" : effect.type;
}

describe.each(Object.entries(table) as [PersistentNodePhase, Record<EventName, Cell>][])(
  "a persistent node in the phase %s",
  (phase, row) => {
    it.each(Object.entries(row) as [EventName, Cell][])("on the event %s has the transition %s", (name, cell) => {
      const state: PersistentNodeState = { phase, requestId, isPresent: phase === "present" };
      const { state: to, effects } = transition(state, events[name]);
      if (cell === "-") {
        expect([to, effects]).toEqual([state, []]);
        return;
      }
      expect([to.phase, effects.map(describeEffect).join(", ")].filter((part) => part !== "").join(": ")).toBe(cell);
      for (const effect of effects)
        if ("requestId" in effect) expect([effect.requestId, to.requestId]).toEqual([requestId + 1, requestId + 1]);
    });
  },
);

it("a persistent node reports once that a read found it absent", () => {
  const state: PersistentNodeState = { phase: "examining", requestId, isPresent: true };
  expect(transition(state, events.missing).effects.map(describeEffect)).toEqual(["report absent", "create"]);
  expect(transition(state, events.foreign).effects.map(describeEffect)).toEqual(["report absent"]);
  expect(transition(state, events.own).effects).toEqual([]);
});

it("a persistent node ignores an answer to an older request", () => {
  const state: PersistentNodeState = { phase: "creating", requestId: requestId + 1, isPresent: false };
  for (const event of Object.values(events)) {
    if ("requestId" in event) expect(transition(state, event)).toEqual({ state, effects: [] });
  }
});

it("a persistent node that stops makes its pending request stale", () => {
  const state: PersistentNodeState = { phase: "creating", requestId, isPresent: false };
  expect(transition(state, events.stop).state).toEqual({
    phase: "stopped",
    requestId: requestId + 1,
    isPresent: false,
  });
});

it("a persistent node starts in the phase idle", () => {
  expect(newPersistentNodeState).toEqual({ phase: "idle", requestId: 0, isPresent: false });
});
