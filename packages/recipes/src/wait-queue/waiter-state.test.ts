import { describe, expect, it } from "vitest";
import {
  describeEffect,
  type EventName,
  events,
  own,
  requestId,
  rules,
  states,
} from "../../test-support/waiter-examples.js";
import { newWaiterState, transition } from "./waiter-state.js";
import type { WaiterPhase } from "./waiter-step.js";

/** `-`: no effect. Else the next phase, and the effects in their order. */
type Cell = "-" | `${WaiterPhase}${"" | `: ${string}`}`;

/** Answers and watch events in a phase that expects none. */
const unexpected = {
  created: "-",
  createAgain: "-",
  createUnknown: "-",
  createFatal: "-",
  prepared: "-",
  searchedFound: "-",
  searchedNone: "-",
  listedFirst: "-",
  listedSecond: "-",
  listedMissing: "-",
  examinedOwn: "-",
  examinedForeign: "-",
  watched: "-",
  missing: "-",
  failedAgain: "-",
  failedFatal: "-",
  listedPassedOver: "-",
  ownDeleted: "-",
  ownDataChanged: "-",
  predecessorDeleted: "-",
  predecessorDataChanged: "-",
} as const satisfies Partial<Record<EventName, Cell>>;

/** A phase before the grant in which the waiter knows no znode of its own. */
const withoutZnode = {
  ...unexpected,
  start: "-",
  suspended: "-",
  connected: "-",
  expired: "creating: create new",
  closed: "ended: fail closed",
  abort: "ended: fail aborted",
  release: "-",
} as const satisfies Record<EventName, Cell>;

/** A phase before the grant in which the waiter has a znode. */
const withZnode = {
  ...withoutZnode,
  ownDeleted: "creating: delete own, create new",
  ownDataChanged: "creating: delete own, create new",
  abort: "ended: fail aborted, delete own",
} as const satisfies Record<EventName, Cell>;

const holding = {
  ...unexpected,
  start: "-",
  ownDeleted: "ended: revoke GONE, delete own",
  ownDataChanged: "ended: revoke GONE, delete own",
  suspended: "suspended",
  connected: "-",
  expired: "ended: revoke EXPIRED",
  closed: "ended: revoke CLOSED",
  abort: "-",
  release: "ended: revoke RELEASED, delete own",
} as const satisfies Record<EventName, Cell>;

const table: Record<WaiterPhase, Record<EventName, Cell>> = {
  idle: {
    ...unexpected,
    start: "creating: create",
    suspended: "-",
    connected: "-",
    expired: "-",
    closed: "ended: fail closed",
    abort: "ended: fail aborted",
    release: "-",
  },
  creating: {
    ...withoutZnode,
    created: "listing: list",
    createAgain: "creating: create",
    createUnknown: "searching: search",
    createFatal: "ended: fail refused",
    missing: "preparing: prepare",
  },
  preparing: {
    ...withoutZnode,
    prepared: "creating: create",
    missing: "ended: fail the chroot does not exist",
    failedAgain: "preparing: prepare",
    failedFatal: "ended: fail refused",
  },
  searching: {
    ...withoutZnode,
    searchedFound: "adopting: examine own",
    searchedNone: "creating: create",
    missing: "preparing: prepare",
    failedAgain: "searching: search",
    failedFatal: "ended: fail refused, cleanUp",
    abort: "ended: fail aborted, cleanUp",
  },
  adopting: {
    ...withoutZnode,
    examinedOwn: "listing: list",
    examinedForeign: "creating: delete own, create new",
    missing: "creating: create new",
    failedAgain: "adopting: examine own",
    failedFatal: "ended: fail refused, delete own",
    abort: "ended: fail aborted, delete own",
  },
  listing: {
    ...withZnode,
    listedFirst: "verifying: grant, examine own with watch",
    suspended: "listing: list",
    listedSecond: "watching: watch predecessor",
    listedMissing: "creating: create new",
    listedPassedOver: "creating: delete own, create new",
    missing: "creating: create new",
    failedAgain: "listing: list",
    failedFatal: "ended: fail refused, delete own",
  },
  watching: {
    ...withZnode,
    watched: "waiting",
    missing: "listing: list",
    failedAgain: "watching: watch predecessor",
    failedFatal: "ended: fail refused, delete own, unwatch predecessor",
    predecessorDeleted: "listing: list",
    predecessorDataChanged: "listing: list",
    abort: "ended: fail aborted, delete own, unwatch predecessor",
  },
  waiting: {
    ...withZnode,
    predecessorDeleted: "listing: list",
    predecessorDataChanged: "listing: list",
    connected: "watching: watch predecessor",
    abort: "ended: fail aborted, delete own, unwatch predecessor",
  },
  granted: holding,
  suspended: { ...holding, connected: "verifying: examine own with watch" },
  verifying: {
    ...holding,
    examinedOwn: "granted",
    examinedForeign: "ended: revoke GONE, delete own",
    missing: "ended: revoke GONE, delete own",
    failedAgain: "verifying: examine own with watch",
    failedFatal: "ended: revoke REFUSED, delete own",
  },
  ended: {
    ...unexpected,
    start: "-",
    suspended: "-",
    connected: "-",
    expired: "-",
    closed: "-",
    abort: "-",
    release: "-",
  },
};

describe.each(Object.entries(table) as [WaiterPhase, Record<EventName, Cell>][])(
  "a waiter in the phase %s",
  (phase, row) => {
    it.each(Object.entries(row) as [EventName, Cell][])("on the event %s has the transition %s", (name, cell) => {
      const state = states[phase];
      const { state: to, effects } = transition(state, events[name], rules());
      if (cell === "-") {
        expect(to).toBe(state);
        expect(effects).toEqual([]);
        return;
      }
      expect([to.phase, effects.map(describeEffect).join(", ")].filter((part) => part !== "").join(": ")).toBe(cell);
      // A request has a new id, and the state expects the answer with that id.
      for (const effect of effects)
        if ("requestId" in effect) expect([effect.requestId, to.requestId]).toEqual([requestId + 1, requestId + 1]);
    });
  },
);

describe("a waiter with the policy revoke", () => {
  it.each(["granted", "suspended", "verifying"] as const)(
    "loses its grant with the connection in the phase %s",
    (phase) => {
      const { state, effects } = transition(states[phase], events.suspended, rules("revoke"));
      expect(state.phase).toBe("ended");
      expect(effects.map(describeEffect)).toEqual(["revoke SUSPENDED", "delete own"]);
    },
  );

  it("keeps its place in the queue over a lost connection", () => {
    expect(transition(states.waiting, events.suspended, rules("revoke"))).toEqual({
      state: states.waiting,
      effects: [],
    });
  });
});

describe("a waiter in a revocable queue", () => {
  const revocable = rules("keep", true);

  it("reads its znode when the data changed, instead of losing its grant", () => {
    const { state, effects } = transition(states.granted, events.ownDataChanged, revocable);
    expect([state.phase, effects.map(describeEffect)]).toEqual(["verifying", ["examine own with watch"]]);
    const revoked = transition(
      state,
      { ...events.examinedOwn, requestId: state.requestId, isRevocationRequested: true },
      revocable,
    );
    expect([revoked.state.phase, revoked.effects]).toEqual(["granted", [{ type: "requestRevocation" }]]);
  });

  it("reads its znode again when the data changed during a read", () => {
    const { state, effects } = transition(states.verifying, events.ownDataChanged, revocable);
    expect([state, effects.map(describeEffect)]).toEqual([
      { ...states.verifying, requestId: requestId + 1 },
      ["examine own with watch"],
    ]);
  });

  it("ignores a change of its data while suspended, as the next connection reads the znode", () => {
    expect(transition(states.suspended, events.ownDataChanged, revocable)).toEqual({
      state: states.suspended,
      effects: [],
    });
  });

  it("reports a request for revocation that was made before the grant", () => {
    const { state, effects } = transition(states.listing, events.listedFirst, revocable);
    expect(effects.map(describeEffect)).toEqual(["grant", "examine own with watch"]);
    const revoked = transition(
      state,
      { ...events.examinedOwn, requestId: state.requestId, isRevocationRequested: true },
      revocable,
    );
    expect([revoked.state.phase, revoked.effects]).toEqual(["granted", [{ type: "requestRevocation" }]]);
  });

  it("loses its grant when its znode is deleted", () => {
    const { effects } = transition(states.granted, events.ownDeleted, revocable);
    expect(effects.map(describeEffect)).toEqual(["revoke GONE", "delete own"]);
  });
});

describe("answers to an older request", () => {
  const stale = { requestId: requestId - 1 };

  it.each(Object.keys(states) as WaiterPhase[])("delete the created znode in the phase %s", (phase) => {
    const step = transition(states[phase], { ...events.created, ...stale }, rules());
    expect(step).toEqual({ state: states[phase], effects: [{ type: "delete", name: own }] });
  });

  it.each(Object.keys(states) as WaiterPhase[])(
    "delete the znode that may have been created in the phase %s",
    (phase) => {
      const step = transition(states[phase], { ...events.createUnknown, ...stale, marker: "_c_old-" }, rules());
      expect(step).toEqual({ state: states[phase], effects: [{ type: "cleanUp", marker: "_c_old-" }] });
    },
  );

  it.each(Object.keys(states) as WaiterPhase[])("have no other effect in the phase %s", (phase) => {
    const failedUnknown = { type: "failed", requestId, failure: "unknown", error: undefined } as const;
    const others = Object.values(events).filter((event) => event !== events.created && event !== events.createUnknown);
    for (const event of [...others, failedUnknown]) {
      if (!("requestId" in event)) continue;
      expect(transition(states[phase], { ...event, ...stale }, rules())).toEqual({ state: states[phase], effects: [] });
    }
  });

  it("do not confirm a grant whose connection was lost after the request", () => {
    const { state: suspended } = transition(states.verifying, events.suspended, rules());
    const { state: verifying } = transition(suspended, events.connected, rules());
    expect(transition(verifying, events.examinedOwn, rules())).toEqual({ state: verifying, effects: [] });
  });

  it("grant nothing after the connection was lost", () => {
    const { state } = transition(states.listing, events.suspended, rules());
    expect(transition(state, events.listedFirst, rules())).toEqual({ state, effects: [] });
  });
});

it("a grant has the czxid of the created or adopted znode", () => {
  const node = { name: own, czxid: 51n };
  const { state } = transition(states.creating, { ...events.created, node }, rules());
  const made = transition(state, { ...events.listedFirst, requestId: state.requestId }, rules());
  expect(made.effects[0]).toEqual({ type: "grant", node });
  const { state: adopted } = transition(states.adopting, { ...events.examinedOwn, czxid: 52n }, rules());
  const kept = transition(adopted, { ...events.listedFirst, requestId: adopted.requestId }, rules());
  expect(kept.effects[0]).toEqual({ type: "grant", node: { name: own, czxid: 52n } });
});

it("a waiter starts in the phase idle with a new marker", () => {
  expect(newWaiterState(rules())).toEqual({ phase: "idle", requestId: 0, marker: "_c_new-" });
});
