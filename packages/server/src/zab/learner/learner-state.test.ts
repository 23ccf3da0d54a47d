import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FOLLOWER, learnerEvent } from "../../../test-support/zab/learner-transcript.js";
import { Learner } from "./learner.js";
import { LEARNER_INPUTS, type LearnerPhase, type LearnerTreatment, learnerTreatment } from "./learner-state.js";

const WORDS: Readonly<Record<string, LearnerTreatment>> = {
  take: "take",
  hold: "hold",
  "-": "ignore",
  refuse: "refuse",
};

/** Reads the table of SPEC.md: for each input, its treatment in each phase. */
function specifiedTable(): Map<string, Map<LearnerPhase, LearnerTreatment | undefined>> {
  const spec = readFileSync(new URL("SPEC.md", import.meta.url), "utf8");
  const rows = spec.split("\n").filter((line) => /^\|\s+\| connecting|^\| `/.test(line));
  const [header = [], ...body] = rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  const phases = header.slice(1) as LearnerPhase[];
  const table = new Map<string, Map<LearnerPhase, LearnerTreatment | undefined>>();
  for (const [inputs = "", ...cells] of body) {
    const column = new Map(phases.map((phase, i) => [phase, WORDS[cells[i] ?? ""]]));
    for (const [, input = ""] of inputs.matchAll(/`(\w+)`/g)) table.set(input, column);
  }
  return table;
}

const table = specifiedTable();
/** Events that lead to each phase. */
const PATHS: { readonly [P in LearnerPhase]: readonly string[] } = {
  connecting: [],
  registering: ["connected"],
  acceptingEpoch: ["leaderInfo 1"],
  awaitingSync: ["acceptedEpochStored"],
  truncating: ["trunc 0:0"],
  installing: ["snap 0:0"],
  receiving: ["diff 0:0"],
  persisting: ["newLeader 1:0"],
  storingEpoch: ["durable 0:0"],
  awaitingUpToDate: ["currentEpochStored"],
  broadcasting: ["upToDate"],
  ended: ["storageFailed"],
};
const ORDER = Object.keys(PATHS) as readonly LearnerPhase[];

/** Returns a learner in this phase. */
function learnerIn(phase: LearnerPhase): Learner {
  const learner = new Learner(FOLLOWER);
  const isOnTheWay = (each: LearnerPhase) => each === phase || (each !== "truncating" && each !== "installing");
  for (const each of ORDER.slice(0, ORDER.indexOf(phase) + 1).filter(isOnTheWay)) {
    for (const line of PATHS[each]) learner.handle(learnerEvent(line));
  }
  return learner;
}

const cells = ORDER.flatMap((phase) => LEARNER_INPUTS.map((input) => ({ phase, input })));

describe("the learner's table", () => {
  it("has the inputs and phases of SPEC.md", () => {
    expect([...table.keys()].sort()).toEqual([...LEARNER_INPUTS].sort());
    expect([...table.get("connected")!.keys()]).toEqual(ORDER);
  });

  it.each(cells)("$phase, $input", ({ phase, input }) => {
    const treatment = learnerTreatment(phase, input);
    expect(treatment).toBe(table.get(input)?.get(phase));
    const learner = learnerIn(phase);
    expect(learner.phase).toBe(phase);
    const effects = learner.handle(learnerEvent(`${input} 1:1`));
    const hasRefused = effects.some((effect) => effect.type === "end" && effect.reason === "protocol-error");
    // These are expected, but not with the zxid 1:1, or not by a follower.
    const isWrong =
      treatment === "take" && ["newLeader", "snapshotInstalled", "inform", "informAndActivate"].includes(input);
    expect(hasRefused).toBe(treatment === "refuse" || isWrong);
    if (treatment === "hold" || treatment === "ignore") expect(effects).toEqual([]);
  });
});
