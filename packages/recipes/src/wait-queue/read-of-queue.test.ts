import { describe, expect, it } from "vitest";
import {
  after,
  describeEffect,
  events,
  first,
  marker,
  node,
  own,
  predecessor,
  requestId,
  rules,
  states,
} from "../../test-support/waiter-examples.js";
import { transition } from "./waiter-state.js";
import { type WaiterRules, type WaiterState, WHOLE_QUEUE } from "./waiter-step.js";

describe("a read of the queue", () => {
  it("is not repeated on a new connection while the predecessor exists", () => {
    const { state } = transition(states.waiting, events.connected, rules());
    const step = transition(state, { ...events.watched, requestId: state.requestId }, rules());
    expect(step).toEqual({ state: { ...states.waiting, requestId: state.requestId }, effects: [] });
  });

  describe("of a waiter for any change of the queue", () => {
    const watchingAll: WaiterRules = { ...rules(), ahead: () => [WHOLE_QUEUE] };
    const waiting: WaiterState = { phase: "waiting", requestId, marker, node, watched: WHOLE_QUEUE, isNext: false };
    const { state: listing } = transition(waiting, events.connected, watchingAll);
    const listedSecond = { ...events.listedSecond, requestId: listing.requestId };

    it("sets no second watch while the first one is pending", () => {
      const { state, effects } = transition(listing, listedSecond, watchingAll);
      expect([listing.phase, state.phase, effects]).toEqual(["listing", "waiting", []]);
    });

    it("sets a new watch when the first one fired before the answer", () => {
      const { state } = transition(
        listing,
        { type: "changed", name: WHOLE_QUEUE, sessionStillValid: true },
        watchingAll,
      );
      const { effects } = transition(state, { ...listedSecond, requestId: state.requestId }, watchingAll);
      expect(effects).toMatchObject([{ type: "watch", name: WHOLE_QUEUE }]);
    });

    it.each(["listing", "watching", "waiting"] as const)(
      "is repeated when the queue changed in the phase %s",
      (phase) => {
        const state = { ...waiting, phase, watched: phase === "listing" ? undefined : WHOLE_QUEUE } as WaiterState;
        for (const sessionStillValid of [true, false]) {
          const { state: to, effects } = transition(
            state,
            { type: "changed", name: WHOLE_QUEUE, sessionStillValid },
            watchingAll,
          );
          expect([to, effects]).toEqual([
            { phase: "listing", requestId: requestId + 1, marker, node, watched: undefined },
            [{ type: "list", requestId: requestId + 1, name: own }],
          ]);
        }
      },
    );

    it.each(["idle", "creating", "searching", "adopting", "granted", "suspended", "verifying", "ended"] as const)(
      "does not follow a change of the queue in the phase %s",
      (phase) => {
        const changed = { type: "changed", name: WHOLE_QUEUE, sessionStillValid: true } as const;
        expect(transition(states[phase], changed, watchingAll)).toEqual({ state: states[phase], effects: [] });
      },
    );

    it("has its watch removed when the wait is aborted", () => {
      const { effects } = transition(listing, events.abort, watchingAll);
      expect(effects).toMatchObject([{ type: "fail" }, { type: "delete" }, { type: "unwatch", name: WHOLE_QUEUE }]);
    });
  });

  it("deletes a duplicate, which a creation that seemed lost leaves when it is applied after the search", () => {
    const duplicate = `${marker}latch-0000000003`;
    const { state, effects } = transition(
      states.listing,
      { type: "listed", requestId, children: [duplicate, own, first], nominee: undefined },
      rules(),
    );
    expect(state.phase).toBe("watching");
    expect(effects).toEqual([
      { type: "delete", name: duplicate },
      { type: "watch", requestId: requestId + 1, name: first, own },
    ]);
  });

  it("does not move a waiter with a predecessor behind the nominee", () => {
    const { state, effects } = transition(states.listing, { ...events.listedSecond, nominee: after }, rules());
    expect([state.phase, effects.map(describeEffect)]).toEqual(["watching", ["watch predecessor"]]);
  });

  it("does not make a waiter next whose predecessor was watched before, as its own znode is not watched", () => {
    const listing: WaiterState = { phase: "listing", requestId, marker, node, watched: predecessor };
    const step = transition(listing, { ...events.listedSecond, children: [predecessor, own] }, rules());
    expect(step).toEqual({ state: states.waiting, effects: [] });
  });

  it("ignores znodes that are not waiters", () => {
    const { state } = transition(
      states.listing,
      { type: "listed", requestId, children: ["0notes", own], nominee: undefined },
      rules(),
    );
    expect(state.phase).toBe("verifying");
  });
});
