import { describe, expect, it } from "vitest";
import { newPartitionState, type PartitionEvent, type PartitionPhase, transition } from "./partition-state.js";

type Stimulus = PartitionEvent["type"];
type Cell = "-" | `${PartitionPhase}${"" | `: ${string}`}`;

/** For one that was wanted before, unless the event says otherwise. */
const table: Record<PartitionPhase, Record<Stimulus, Cell>> = {
  idle: { assigned: "waiting: acquire", unassigned: "-", won: "-", failed: "-", lost: "-", ended: "-" },
  waiting: {
    ...{ assigned: "-", unassigned: "idle: abandon", won: "running: start" },
    ...{ failed: "waiting: acquireLater", lost: "-", ended: "-" },
  },
  running: {
    assigned: "-",
    unassigned: "stopping: stop",
    won: "-",
    failed: "-",
    lost: "stopping: stop",
    ended: "finished",
  },
  finished: {
    ...{ assigned: "-", unassigned: "idle: stop, release", won: "-" },
    ...{ failed: "-", lost: "waiting: stop, release, acquire", ended: "-" },
  },
  stopping: { assigned: "-", unassigned: "-", won: "-", failed: "-", lost: "-", ended: "waiting: release, acquire" },
};

describe.each(Object.entries(table) as [PartitionPhase, Record<Stimulus, Cell>][])("%s", (phase, row) => {
  it.each(Object.entries(row) as [Stimulus, Cell][])("meets %s: %s", (type, cell) => {
    const { state, effects } = transition({ phase, isAssigned: phase !== "idle" }, { type });
    const words = [state.phase, effects.join(", ")].filter((part) => part !== "").join(": ");
    expect(words).toBe(cell === "-" ? phase : cell);
    expect(state.isAssigned).toBe(type === "unassigned" ? false : type === "assigned" || phase !== "idle");
  });
});

it("a partition that is unassigned is not acquired again when its task has ended", () => {
  const { state } = transition({ phase: "running", isAssigned: true }, { type: "unassigned" });
  expect(transition(state, { type: "ended" })).toEqual({ state: newPartitionState, effects: ["release"] });
});

it("a partition that is assigned again while its task stops is released and queued for again", () => {
  let { state } = transition({ phase: "running", isAssigned: true }, { type: "unassigned" });
  ({ state } = transition(state, { type: "assigned" }));
  expect(transition(state, { type: "ended" }).effects).toEqual(["release", "acquire"]);
});
