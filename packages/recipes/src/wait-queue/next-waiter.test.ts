import { describe, expect, it } from "vitest";
import {
  after,
  before,
  events,
  marker,
  node,
  own,
  rules,
  states,
  turn,
  words,
} from "../../test-support/waiter-examples.js";
import { transition } from "./waiter-state.js";
import { type WaiterEvent, type WaiterState, WHOLE_QUEUE } from "./waiter-step.js";

describe("a waiter that is next", () => {
  const next = { ...states.waiting, isNext: true } as WaiterState;
  const toLook = (state: WaiterState, event: WaiterEvent, by = rules()): boolean => {
    const step = transition(state, event, by);
    return step.state.phase === "listing" && step.effects.map(words).join() === "list";
  };

  it("has one predecessor, and watches its own znode as well", () => {
    const one = { ...events.listedBehind, children: [after, own, before] };
    const { state, effects } = transition(states.listing, one, rules());
    expect([state, effects.map(words)]).toMatchObject([
      { phase: "watching", isNext: true, watched: before },
      ["watch own and before"],
    ]);
    const crowded = { ...rules(), ahead: () => [WHOLE_QUEUE] };
    expect(transition(states.listing, one, crowded).effects).toMatchObject([{ type: "watch", own: undefined }]);
    const favouring = { ...rules(), mustRelist: true };
    expect(transition(states.listing, one, favouring).effects).toMatchObject([{ type: "watch", own: undefined }]);
    expect(transition(states.listing, events.listedBehind, rules()).effects).toMatchObject([{ own: undefined }]);
  });

  it("is granted without a look when its predecessor ends, also before it was watched", () => {
    for (const [phase, event] of [
      ["waiting", events.predecessorChanged],
      ["watching", events.missing],
    ] as const) {
      const { state, effects } = transition({ ...next, phase } as WaiterState, event, rules());
      expect([state, effects]).toEqual([{ phase: "granted", turn: turn + 1, marker, node }, [{ type: "grant", node }]]);
    }
  });

  it("looks at the queue when its predecessor's data changed, or it ended before the own watch was confirmed", () => {
    expect(toLook(next, events.predecessorTouched)).toBe(true);
    expect(toLook({ ...next, phase: "watching" } as WaiterState, events.predecessorChanged)).toBe(true);
  });

  it("looks at the queue when its session may have expired before the event", () => {
    expect(toLook(next, { ...events.predecessorChanged, sessionStillValid: false })).toBe(true);
  });

  it.each(["watching", "waiting"] as const)(
    "is no longer next when the connection is lost in the phase %s",
    (phase) => {
      const { state, effects } = transition({ ...next, phase } as WaiterState, events.suspended, rules());
      expect([state, effects]).toEqual([{ ...next, phase, isNext: false }, []]);
      expect(toLook(state, phase === "watching" ? events.missing : events.predecessorChanged)).toBe(true);
    },
  );

  it("queues again when its own znode is deleted first", () => {
    const { state, effects } = transition(next, events.ownChanged, rules());
    expect([state.phase, effects.map(words)]).toEqual(["creating", ["delete own", "create new"]]);
  });

  it("keeps its place when revocation is requested before the grant, and reports it with the grant", () => {
    const revocable = rules("keep", true);
    for (const state of [next, { ...next, phase: "watching" } as WaiterState]) {
      const asked = transition(state, events.ownTouched, revocable);
      expect(asked).toEqual({ state: { ...state, isNext: false }, effects: [] });
      const gone = state.phase === "waiting" ? events.predecessorChanged : events.missing;
      expect(toLook(asked.state, gone, revocable)).toBe(true);
    }
    expect(transition(states.listing, events.ownTouched, revocable)).toEqual({ state: states.listing, effects: [] });
  });

  it("watches again in the same way when the read failed", () => {
    const { effects } = transition({ ...next, phase: "watching" } as WaiterState, events.failedAgain, rules());
    expect(effects.map(words)).toEqual(["watch own and before"]);
  });
});
