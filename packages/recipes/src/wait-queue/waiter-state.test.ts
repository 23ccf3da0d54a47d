import { describe, expect, it } from "vitest";
import {
  events,
  far,
  marker,
  node,
  own,
  rules,
  type Stimulus,
  states,
  turn,
  words,
} from "../../test-support/waiter-examples.js";
import { newWaiterState, transition } from "./waiter-state.js";
import { type WaiterPhase, type WaiterRules, type WaiterState, WHOLE_QUEUE } from "./waiter-step.js";

/** `-`: nothing happens. Else the phase that follows, and the effects in their order. */
type Cell = "-" | `${WaiterPhase}${"" | `: ${string}`}`;

/** What no answer or watch means to a state that waits for none. */
const deaf = {
  created: "-",
  createAgain: "-",
  createUnknown: "-",
  createFatal: "-",
  prepared: "-",
  searchedFound: "-",
  searchedNone: "-",
  listedFirst: "-",
  listedBehind: "-",
  listedWithout: "-",
  examinedOurs: "-",
  examinedForeign: "-",
  watched: "-",
  missing: "-",
  failedAgain: "-",
  failedFatal: "-",
  listedPassedOver: "-",
  ownChanged: "-",
  ownTouched: "-",
  predecessorChanged: "-",
  predecessorTouched: "-",
} as const satisfies Partial<Record<Stimulus, Cell>>;

/** Standing, without a znode that is known. */
const standing = {
  ...deaf,
  start: "-",
  suspended: "-",
  connected: "-",
  expired: "creating: create new",
  closed: "ended: fail closed",
  abort: "ended: fail aborted",
  release: "-",
} as const satisfies Record<Stimulus, Cell>;

/** Standing, with a znode. */
const waiters = {
  ...standing,
  ownChanged: "creating: delete own, create new",
  ownTouched: "creating: delete own, create new",
  abort: "ended: fail aborted, delete own",
} as const satisfies Record<Stimulus, Cell>;

const holding = {
  ...deaf,
  start: "-",
  ownChanged: "ended: revoke GONE, delete own",
  ownTouched: "ended: revoke GONE, delete own",
  suspended: "suspended",
  connected: "-",
  expired: "ended: revoke EXPIRED",
  closed: "ended: revoke CLOSED",
  abort: "-",
  release: "ended: revoke RELEASED, delete own",
} as const satisfies Record<Stimulus, Cell>;

const table: Record<WaiterPhase, Record<Stimulus, Cell>> = {
  idle: {
    ...deaf,
    start: "creating: create",
    suspended: "-",
    connected: "-",
    expired: "-",
    closed: "ended: fail closed",
    abort: "ended: fail aborted",
    release: "-",
  },
  creating: {
    ...standing,
    created: "listing: list",
    createAgain: "creating: create",
    createUnknown: "searching: search",
    createFatal: "ended: fail refused",
    missing: "preparing: prepare",
  },
  preparing: {
    ...standing,
    prepared: "creating: create",
    missing: "ended: fail the chroot does not exist",
    failedAgain: "preparing: prepare",
    failedFatal: "ended: fail refused",
  },
  searching: {
    ...standing,
    searchedFound: "adopting: examine own",
    searchedNone: "creating: create",
    missing: "preparing: prepare",
    failedAgain: "searching: search",
    failedFatal: "ended: fail refused, cleanUp",
    abort: "ended: fail aborted, cleanUp",
  },
  adopting: {
    ...standing,
    examinedOurs: "listing: list",
    examinedForeign: "creating: delete own, create new",
    missing: "creating: create new",
    failedAgain: "adopting: examine own",
    failedFatal: "ended: fail refused, delete own",
    abort: "ended: fail aborted, delete own",
  },
  listing: {
    ...waiters,
    listedFirst: "verifying: grant, examine own with watch",
    suspended: "listing: list",
    listedBehind: "watching: watch before",
    listedWithout: "creating: create new",
    listedPassedOver: "creating: delete own, create new",
    missing: "creating: create new",
    failedAgain: "listing: list",
    failedFatal: "ended: fail refused, delete own",
  },
  watching: {
    ...waiters,
    watched: "waiting",
    missing: "listing: list",
    failedAgain: "watching: watch before",
    failedFatal: "ended: fail refused, delete own, unwatch before",
    predecessorChanged: "listing: list",
    predecessorTouched: "listing: list",
    abort: "ended: fail aborted, delete own, unwatch before",
  },
  waiting: {
    ...waiters,
    predecessorChanged: "listing: list",
    predecessorTouched: "listing: list",
    connected: "watching: watch before",
    abort: "ended: fail aborted, delete own, unwatch before",
  },
  granted: holding,
  suspended: { ...holding, connected: "verifying: examine own with watch" },
  verifying: {
    ...holding,
    examinedOurs: "granted",
    examinedForeign: "ended: revoke GONE, delete own",
    missing: "ended: revoke GONE, delete own",
    failedAgain: "verifying: examine own with watch",
    failedFatal: "ended: revoke REFUSED, delete own",
  },
  ended: {
    ...deaf,
    start: "-",
    suspended: "-",
    connected: "-",
    expired: "-",
    closed: "-",
    abort: "-",
    release: "-",
  },
};

describe.each(Object.entries(table) as [WaiterPhase, Record<Stimulus, Cell>][])("%s", (phase, row) => {
  it.each(Object.entries(row) as [Stimulus, Cell][])("meets %s: %s", (stimulus, cell) => {
    const state = states[phase];
    const { state: to, effects } = transition(state, events[stimulus], rules());
    if (cell === "-") {
      expect(to).toBe(state);
      expect(effects).toEqual([]);
      return;
    }
    expect([to.phase, effects.map(words).join(", ")].filter((part) => part !== "").join(": ")).toBe(cell);
    // Whatever asks for an answer has a turn of its own, which the state waits for.
    for (const effect of effects) if ("turn" in effect) expect([effect.turn, to.turn]).toEqual([turn + 1, turn + 1]);
  });
});

describe("the policy revoke", () => {
  it.each(["granted", "suspended", "verifying"] as const)("ends %s when the connection is lost", (phase) => {
    const { state, effects } = transition(states[phase], events.suspended, rules("revoke"));
    expect(state.phase).toBe("ended");
    expect(effects.map(words)).toEqual(["revoke SUSPENDED", "delete own"]);
  });

  it("keeps a waiter in the queue over a lost connection", () => {
    expect(transition(states.waiting, events.suspended, rules("revoke"))).toEqual({
      state: states.waiting,
      effects: [],
    });
  });
});

describe("a revocable queue", () => {
  const revocable = rules("keep", true);

  it("examines a znode with changed data, instead of ending the grant", () => {
    const { state, effects } = transition(states.granted, events.ownTouched, revocable);
    expect([state.phase, effects.map(words)]).toEqual(["verifying", ["examine own with watch"]]);
    const asked = transition(
      state,
      { ...events.examinedOurs, turn: state.turn, isRevocationRequested: true },
      revocable,
    );
    expect([asked.state.phase, asked.effects]).toEqual(["granted", [{ type: "requestRevocation" }]]);
  });

  it("examines the znode after the reconnection", () => {
    expect(transition(states.suspended, events.ownTouched, revocable)).toEqual({
      state: states.suspended,
      effects: [],
    });
  });

  it("reports a request for revocation from before the grant", () => {
    const { state, effects } = transition(states.listing, events.listedFirst, revocable);
    expect(effects.map(words)).toEqual(["grant", "examine own with watch"]);
    const asked = transition(
      state,
      { ...events.examinedOurs, turn: state.turn, isRevocationRequested: true },
      revocable,
    );
    expect([asked.state.phase, asked.effects]).toEqual(["granted", [{ type: "requestRevocation" }]]);
  });

  it("ends the grant when its znode is deleted", () => {
    const { effects } = transition(states.granted, events.ownChanged, revocable);
    expect(effects.map(words)).toEqual(["revoke GONE", "delete own"]);
  });
});

describe("replies to an older turn", () => {
  const stale = { turn: turn - 1 };

  it.each(Object.keys(states) as WaiterPhase[])("delete a znode that is no longer needed, when %s", (phase) => {
    const step = transition(states[phase], { ...events.created, ...stale }, rules());
    expect(step).toEqual({ state: states[phase], effects: [{ type: "delete", name: own }] });
  });

  it.each(Object.keys(states) as WaiterPhase[])("clean up a znode that may have been created, when %s", (phase) => {
    const step = transition(states[phase], { ...events.createUnknown, ...stale, marker: "_c_old-" }, rules());
    expect(step).toEqual({ state: states[phase], effects: [{ type: "cleanUp", marker: "_c_old-" }] });
  });

  it("grant nothing when the connection broke meanwhile", () => {
    const { state } = transition(states.listing, events.suspended, rules());
    expect(transition(state, events.listedFirst, rules())).toEqual({ state, effects: [] });
  });
});

describe("a look at the queue", () => {
  it("is not repeated on a new connection by a waiter with a predecessor", () => {
    const { state } = transition(states.waiting, events.connected, rules());
    const step = transition(state, { ...events.watched, turn: state.turn }, rules());
    expect(step).toEqual({ state: { ...states.waiting, turn: state.turn }, effects: [] });
  });

  describe("a waiter for any change of the queue", () => {
    const crowded: WaiterRules = { ...rules(), ahead: () => [WHOLE_QUEUE] };
    const waiting: WaiterState = { phase: "waiting", turn, marker, node, watched: WHOLE_QUEUE, isNext: false };
    const { state: looking } = transition(waiting, events.connected, crowded);
    const behind = { ...events.listedBehind, turn: looking.turn };

    it("does not watch a watched znode again", () => {
      const { state, effects } = transition(looking, behind, crowded);
      expect([looking.phase, state.phase, effects]).toEqual(["listing", "waiting", []]);
    });

    it("watches again when the watch fired meanwhile", () => {
      const { state } = transition(looking, { type: "changed", name: WHOLE_QUEUE, sessionStillValid: true }, crowded);
      const { effects } = transition(state, { ...behind, turn: state.turn }, crowded);
      expect(effects).toMatchObject([{ type: "watch", name: WHOLE_QUEUE }]);
    });

    it("removes its watch when the wait is aborted", () => {
      const { effects } = transition(looking, events.abort, crowded);
      expect(effects).toMatchObject([{ type: "fail" }, { type: "delete" }, { type: "unwatch", name: WHOLE_QUEUE }]);
    });
  });

  it("deletes a duplicate: a creation that was assumed lost, and was applied after the search", () => {
    const twin = `${marker}latch-0000000003`;
    const { state, effects } = transition(
      states.listing,
      { type: "listed", turn, children: [twin, own, far], nominee: undefined },
      rules(),
    );
    expect(state.phase).toBe("watching");
    expect(effects).toEqual([
      { type: "delete", name: twin },
      { type: "watch", turn: turn + 1, name: far, own },
    ]);
  });

  it("ignores znodes that are not waiters", () => {
    const { state } = transition(
      states.listing,
      { type: "listed", turn, children: ["0notes", own], nominee: undefined },
      rules(),
    );
    expect(state.phase).toBe("verifying");
  });
});

it("has the token of the created or adopted znode", () => {
  const node = { name: own, czxid: 51n };
  const { state } = transition(states.creating, { ...events.created, node }, rules());
  const made = transition(state, { ...events.listedFirst, turn: state.turn }, rules());
  expect(made.effects[0]).toEqual({ type: "grant", node });
  const { state: adopted } = transition(states.adopting, { ...events.examinedOurs, czxid: 52n }, rules());
  const kept = transition(adopted, { ...events.listedFirst, turn: adopted.turn }, rules());
  expect(kept.effects[0]).toEqual({ type: "grant", node: { name: own, czxid: 52n } });
});

it("a waiter starts with a new marker", () => {
  expect(newWaiterState(rules())).toEqual({ phase: "idle", turn: 0, marker: "_c_new-" });
});
