import { describe, expect, it } from "vitest";
import {
  newPersistentNodeState,
  type PersistentNodeEffect,
  type PersistentNodeEvent,
  type PersistentNodePhase,
  type PersistentNodeState,
  transition,
} from "./persistent-node-state.js";

const turn = 7;
const events = {
  start: { type: "start" },
  prepared: { type: "prepared", turn },
  created: { type: "created", turn },
  taken: { type: "taken", turn },
  noParent: { type: "noParent", turn },
  ours: { type: "examined", turn, owner: "ours" },
  foreign: { type: "examined", turn, owner: "foreign" },
  nobody: { type: "examined", turn, owner: "none" },
  again: { type: "failed", turn, failure: "again" },
  unknown: { type: "failed", turn, failure: "unknown" },
  fatal: { type: "failed", turn, failure: "fatal" },
  changed: { type: "changed" },
  suspended: { type: "suspended" },
  connected: { type: "connected" },
  expired: { type: "expired" },
  stop: { type: "stop" },
} as const satisfies Record<string, PersistentNodeEvent>;
type Stimulus = keyof typeof events;
type Cell = "-" | `${PersistentNodePhase}${"" | `: ${string}`}`;

/** What an answer means to those that wait for one; which of them comes is the shell's business. */
const answers = {
  prepared: "creating: create",
  created: "examining: examine",
  taken: "examining: examine",
  noParent: "preparing: prepare",
  ours: "present: there",
  foreign: "blocked",
  nobody: "creating: create",
  fatal: "creating: createLater",
} as const satisfies Partial<Record<Stimulus, Cell>>;
const asking = {
  ...answers,
  start: "-",
  changed: "-",
  suspended: "-",
  connected: "-",
  expired: "creating: create",
  stop: "stopped: remove",
} as const satisfies Partial<Record<Stimulus, Cell>>;
const none = Object.fromEntries(Object.keys(events).map((name) => [name, "-"])) as Record<Stimulus, "-">;

const table: Record<PersistentNodePhase, Record<Stimulus, Cell>> = {
  idle: { ...none, start: "creating: create", stop: "stopped" },
  preparing: { ...asking, again: "preparing: prepare", unknown: "preparing: prepare" },
  creating: { ...asking, again: "creating: create", unknown: "examining: examine" },
  examining: {
    ...asking,
    ...{ again: "examining: examine", unknown: "examining: examine", changed: "examining: examine" },
    suspended: "examining: examine",
  },
  present: {
    ...{ ...none, changed: "examining: examine", connected: "examining: examine" },
    ...{ suspended: "examining: examine", expired: "creating: gone, create", stop: "stopped: gone, remove watched" },
    // No step is under way: these cannot come.
    ...{ ...answers, again: "examining: examine", unknown: "examining: examine", ours: "present" },
    ...{ foreign: "blocked: gone", nobody: "creating: gone, create", fatal: "creating: gone, createLater" },
  },
  blocked: {
    ...{ ...none, changed: "examining: examine", connected: "examining: examine" },
    ...{ expired: "creating: create", stop: "stopped: remove" },
    ...{ ...answers, again: "examining: examine", unknown: "examining: examine" },
  },
  stopped: none,
};

function words(effect: PersistentNodeEffect): string {
  if (effect.type === "report") return effect.isPresent ? "there" : "gone";
  return effect.type === "remove" && effect.isWatched ? "remove watched" : effect.type;
}

describe.each(Object.entries(table) as [PersistentNodePhase, Record<Stimulus, Cell>][])("%s", (phase, row) => {
  it.each(Object.entries(row) as [Stimulus, Cell][])("meets %s: %s", (stimulus, cell) => {
    const state: PersistentNodeState = { phase, turn, isPresent: phase === "present" };
    const { state: to, effects } = transition(state, events[stimulus]);
    if (cell === "-") {
      expect([to, effects]).toEqual([state, []]);
      return;
    }
    expect([to.phase, effects.map(words).join(", ")].filter((part) => part !== "").join(": ")).toBe(cell);
    for (const effect of effects) if ("turn" in effect) expect([effect.turn, to.turn]).toEqual([turn + 1, turn + 1]);
  });
});

it("an absence that an examination finds is reported once", () => {
  const state: PersistentNodeState = { phase: "examining", turn, isPresent: true };
  expect(transition(state, events.nobody).effects.map(words)).toEqual(["gone", "create"]);
  expect(transition(state, events.foreign).effects.map(words)).toEqual(["gone"]);
  expect(transition(state, events.ours).effects).toEqual([]);
});

it("an answer to an older turn has no effect", () => {
  const state: PersistentNodeState = { phase: "creating", turn: turn + 1, isPresent: false };
  for (const event of Object.values(events)) {
    if ("turn" in event) expect(transition(state, event)).toEqual({ state, effects: [] });
  }
});

it("a persistent node starts in the phase idle", () => {
  expect(newPersistentNodeState).toEqual({ phase: "idle", turn: 0, isPresent: false });
});
