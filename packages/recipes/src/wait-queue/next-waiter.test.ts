import { describe, expect, it } from "vitest";
import {
  after,
  describeEffect,
  events,
  marker,
  node,
  own,
  predecessor,
  requestId,
  rules,
  states,
} from "../../test-support/waiter-examples.js";
import { transition } from "./waiter-state.js";
import { type WaiterEvent, type WaiterState, WHOLE_QUEUE } from "./waiter-step.js";

describe("a waiter that is next", () => {
  const next = { ...states.waiting, isNext: true } as WaiterState;
  const readsQueue = (state: WaiterState, event: WaiterEvent, by = rules()): boolean => {
    const step = transition(state, event, by);
    return step.state.phase === "listing" && step.effects.map(describeEffect).join() === "list";
  };

  it("has one predecessor, no nominee, and watches its own znode too", () => {
    const one = { ...events.listedSecond, children: [after, own, predecessor] };
    const { state, effects } = transition(states.listing, one, rules());
    expect([state, effects.map(describeEffect)]).toMatchObject([
      { phase: "watching", isNext: true, watched: predecessor },
      ["watch own and predecessor"],
    ]);
    const watchingAll = { ...rules(), ahead: () => [WHOLE_QUEUE] };
    expect(transition(states.listing, one, watchingAll).effects).toMatchObject([{ type: "watch", own: undefined }]);
    const nominating = { ...rules(), mustRelist: true };
    expect(transition(states.listing, one, nominating).effects).toMatchObject([{ type: "watch", own: undefined }]);
    expect(transition(states.listing, events.listedSecond, rules()).effects).toMatchObject([{ own: undefined }]);
  });

  it("is granted without a read of the queue when its predecessor is deleted, also before the watch is set", () => {
    for (const [phase, event] of [
      ["waiting", events.predecessorDeleted],
      ["watching", events.missing],
    ] as const) {
      const { state, effects } = transition({ ...next, phase } as WaiterState, event, rules());
      expect([state, effects]).toEqual([
        { phase: "granted", requestId: requestId + 1, marker, node },
        [{ type: "grant", node }],
      ]);
    }
  });

  it("reads the queue when its predecessor's data changed, or when it was deleted before both watches were confirmed", () => {
    expect(readsQueue(next, events.predecessorDataChanged)).toBe(true);
    expect(readsQueue({ ...next, phase: "watching" } as WaiterState, events.predecessorDeleted)).toBe(true);
  });

  it("reads the queue when its session may have expired before the event", () => {
    expect(readsQueue(next, { ...events.predecessorDeleted, sessionStillValid: false })).toBe(true);
  });

  it.each(["watching", "waiting"] as const)(
    "is no longer next when the connection is lost in the phase %s",
    (phase) => {
      const { state, effects } = transition({ ...next, phase } as WaiterState, events.suspended, rules());
      expect([state, effects]).toEqual([{ ...next, phase, isNext: false }, []]);
      expect(readsQueue(state, phase === "watching" ? events.missing : events.predecessorDeleted)).toBe(true);
    },
  );

  it("queues again when its own znode is deleted first", () => {
    const { state, effects } = transition(next, events.ownDeleted, rules());
    expect([state.phase, effects.map(describeEffect)]).toEqual(["creating", ["delete own", "create new"]]);
  });

  it("keeps its place when revocation is requested before the grant, and reports it with the grant", () => {
    const revocable = rules("keep", true);
    for (const state of [next, { ...next, phase: "watching" } as WaiterState]) {
      const revoked = transition(state, events.ownDataChanged, revocable);
      expect(revoked).toEqual({ state: { ...state, isNext: false }, effects: [] });
      const deleted = state.phase === "waiting" ? events.predecessorDeleted : events.missing;
      expect(readsQueue(revoked.state, deleted, revocable)).toBe(true);
    }
    expect(transition(states.listing, events.ownDataChanged, revocable)).toEqual({
      state: states.listing,
      effects: [],
    });
  });

  it("repeats a failed read with both watches", () => {
    const { effects } = transition({ ...next, phase: "watching" } as WaiterState, events.failedAgain, rules());
    expect(effects.map(describeEffect)).toEqual(["watch own and predecessor"]);
  });
});
