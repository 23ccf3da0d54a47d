import { describe, expect, it } from "vitest";
import { newPartitionState, type PartitionEvent, type PartitionPhase, transition } from "./partition-state.js";

type Stimulus = PartitionEvent["type"];
type Cell = "-" | `${PartitionPhase}${"" | `: ${string}`}`;

/** For one that was wanted before, unless the event says otherwise. */
const table: Record<PartitionPhase, Record<Stimulus, Cell>> = {
  out: { wanted: "waiting: acquire", unwanted: "-", won: "-", failed: "-", lost: "-", ended: "-" },
  waiting: {
    ...{ wanted: "-", unwanted: "out: abandon", won: "running: start" },
    ...{ failed: "waiting: acquireLater", lost: "-", ended: "-" },
  },
  running: { wanted: "-", unwanted: "ending: stop", won: "-", failed: "-", lost: "ending: stop", ended: "resting" },
  resting: {
    ...{ wanted: "-", unwanted: "out: stop, release", won: "-" },
    ...{ failed: "-", lost: "waiting: stop, release, acquire", ended: "-" },
  },
  ending: { wanted: "-", unwanted: "-", won: "-", failed: "-", lost: "-", ended: "waiting: release, acquire" },
};

describe.each(Object.entries(table) as [PartitionPhase, Record<Stimulus, Cell>][])("%s", (phase, row) => {
  it.each(Object.entries(row) as [Stimulus, Cell][])("meets %s: %s", (type, cell) => {
    const { state, effects } = transition({ phase, isWanted: phase !== "out" }, { type });
    const words = [state.phase, effects.join(", ")].filter((part) => part !== "").join(": ");
    expect(words).toBe(cell === "-" ? phase : cell);
    expect(state.isWanted).toBe(type === "unwanted" ? false : type === "wanted" || phase !== "out");
  });
});

it("does not acquire again for what is not wanted any more when the task has ended", () => {
  const { state } = transition({ phase: "running", isWanted: true }, { type: "unwanted" });
  expect(transition(state, { type: "ended" })).toEqual({ state: newPartitionState, effects: ["release"] });
});

it("stands again for what is wanted again while the task ends: behind those who wait by then", () => {
  let { state } = transition({ phase: "running", isWanted: true }, { type: "unwanted" });
  ({ state } = transition(state, { type: "wanted" }));
  expect(transition(state, { type: "ended" }).effects).toEqual(["release", "acquire"]);
});
