import { describe, expect, it } from "vitest";
import { newPartitionState, type PartitionEvent, type PartitionPhase, transition } from "./partition-state.js";

type EventName = PartitionEvent["type"];
type Cell = "-" | `${PartitionPhase}${"" | `: ${string}`}`;

/** Transitions of a partition that is assigned, except in the phase `idle`. */
const table: Record<PartitionPhase, Record<EventName, Cell>> = {
  idle: { assigned: "waiting: acquire", unassigned: "-", acquired: "-", failed: "-", lost: "-", ended: "-" },
  waiting: {
    ...{ assigned: "-", unassigned: "idle: abandon", acquired: "running: start" },
    ...{ failed: "waiting: acquireLater", lost: "-", ended: "-" },
  },
  running: {
    assigned: "-",
    unassigned: "stopping: stop",
    acquired: "-",
    failed: "-",
    lost: "stopping: stop",
    ended: "finished",
  },
  finished: {
    ...{ assigned: "-", unassigned: "idle: stop, release", acquired: "-" },
    ...{ failed: "-", lost: "waiting: stop, release, acquire", ended: "-" },
  },
  stopping: {
    assigned: "-",
    unassigned: "-",
    acquired: "-",
    failed: "-",
    lost: "-",
    ended: "waiting: release, acquire",
  },
};

describe.each(Object.entries(table) as [PartitionPhase, Record<EventName, Cell>][])(
  "a partition in the phase %s",
  (phase, row) => {
    it.each(Object.entries(row) as [EventName, Cell][])("on the event %s has the transition %s", (type, cell) => {
      const { state, effects } = transition({ phase, isAssigned: phase !== "idle" }, { type });
      const actual = [state.phase, effects.join(", ")].filter((part) => part !== "").join(": ");
      expect(actual).toBe(cell === "-" ? phase : cell);
      expect(state.isAssigned).toBe(type === "unassigned" ? false : type === "assigned" || phase !== "idle");
    });
  },
);

it("a partition that is unassigned is not acquired again when its task has ended", () => {
  const { state } = transition({ phase: "running", isAssigned: true }, { type: "unassigned" });
  expect(transition(state, { type: "ended" })).toEqual({ state: newPartitionState, effects: ["release"] });
});

it("a partition that is assigned again while its task stops is released and acquired again", () => {
  let { state } = transition({ phase: "running", isAssigned: true }, { type: "unassigned" });
  ({ state } = transition(state, { type: "assigned" }));
  expect(transition(state, { type: "ended" }).effects).toEqual(["release", "acquire"]);
});
