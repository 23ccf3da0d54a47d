import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { leaderAfter, leaderEvent, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";
import type { Leader } from "./leader.js";
import {
  LEADER_INPUTS,
  type LeaderPhase,
  type LeaderTreatment,
  LINK_INPUTS,
  type LinkState,
  leaderTreatment,
  linkTreatment,
} from "./leader-state.js";

const WORDS: Readonly<Record<string, LeaderTreatment>> = { take: "take", "-": "ignore", refuse: "refuse" };

/** Reads a table of SPEC.md, whose first column is `first`: for each input, its treatment in each state. */
function specifiedTable(first: string): Map<string, Map<string, LeaderTreatment | undefined>> {
  const spec = readFileSync(new URL("SPEC.md", import.meta.url), "utf8");
  const [, text = ""] = spec.split(new RegExp(`^\\|\\s+\\| (?=${first} )`, "m"));
  const [header = "", , ...rows] = text.split("\n\n")[0]!.split("\n");
  const cellsOf = (row: string): string[] => row.split("|").map((cell) => cell.trim());
  const states = cellsOf(header).filter(Boolean);
  const table = new Map<string, Map<string, LeaderTreatment | undefined>>();
  for (const row of rows) {
    const [, inputs = "", ...cells] = cellsOf(row);
    const column = new Map(states.map((state, i) => [state, WORDS[cells[i] ?? ""]]));
    for (const [, input = ""] of inputs.matchAll(/`(\w+)`/g)) table.set(input, column);
  }
  return table;
}

/** Events that lead to each phase. */
const PATHS: { readonly [P in LeaderPhase]: readonly string[] } = {
  starting: [],
  discovering: TO_ESTABLISHED.slice(0, 2),
  acceptingEpoch: TO_ESTABLISHED.slice(0, 3),
  collectingEpochAcks: TO_ESTABLISHED.slice(0, 4),
  storingEpoch: TO_ESTABLISHED.slice(0, 5),
  synchronizing: TO_ESTABLISHED.slice(0, 6),
  broadcasting: TO_ESTABLISHED,
  handingOver: [...TO_ESTABLISHED, "propose 1:1", "handOver"],
  resigned: TO_ESTABLISHED,
  ended: ["storageFailed"],
};
const PHASES = Object.keys(PATHS) as readonly LeaderPhase[];

function leaderIn(phase: LeaderPhase): Leader {
  if (phase !== "resigned") return leaderAfter(PATHS[phase]);
  // It completes the reconfiguration of an earlier leader, which has removed it.
  const configurations = new QuorumSet(configuration("0:1", [1, 2]), configuration("0:2", [2]));
  return leaderAfter(PATHS.resigned, { configurations, reconfigEnabled: true });
}

/** Events that lead server 3 to each state of its connection. */
const LINK_PATHS: { readonly [S in LinkState]: readonly string[] } = {
  unknown: [],
  registered: ["start", "durable 0:0", "2 learnerInfo 0", "3 learnerInfo 0"],
  proposed: [...TO_ESTABLISHED, "3 learnerInfo 0"],
  acknowledged: [...TO_ESTABLISHED.slice(0, 4), "3 learnerInfo 0", "3 ackEpoch 0 0:0"],
  synchronizing: [...TO_ESTABLISHED, "3 learnerInfo 0", "3 ackEpoch 0 0:0"],
  // As an observer, which does not establish the leader.
  synchronized: [...TO_ESTABLISHED.slice(0, 6), "3 learnerInfo 0 observer", "3 ackEpoch 0 0:0", "3 ack 1:0"],
  upToDate: [...TO_ESTABLISHED, "3 learnerInfo 0", "3 ackEpoch 0 0:0", "3 ack 1:0"],
};
const LINK_STATES = Object.keys(LINK_PATHS) as readonly LinkState[];

describe("the leader's table", () => {
  const table = specifiedTable("starting");
  const cells = PHASES.flatMap((phase) => LEADER_INPUTS.map((input) => ({ phase, input })));

  it("has the inputs and phases of SPEC.md", () => {
    expect([...table.keys()].sort()).toEqual([...LEADER_INPUTS].sort());
    expect([...table.get("start")!.keys()]).toEqual(PHASES);
  });

  it.each(cells)("$phase, $input", ({ phase, input }) => {
    const treatment = leaderTreatment(phase, input);
    expect(treatment).toBe(table.get(input)?.get(phase));
    const leader = leaderIn(phase);
    expect(leader.phase).toBe(phase);
    const isOfLearner = (LINK_INPUTS as readonly string[]).includes(input);
    const effects = leader.handle(leaderEvent(isOfLearner ? `3 ${input}` : `${input} 1:1`));
    if (treatment === "ignore") expect(effects).toEqual([]);
    if (treatment === "refuse") expect(effects).toMatchObject([{ type: "disconnect", learner: 3 }]);
  });
});

describe("the table of connections", () => {
  const table = specifiedTable("unknown");
  const cells = LINK_STATES.flatMap((state) => LINK_INPUTS.map((input) => ({ state, input })));

  it("has the inputs and states of SPEC.md", () => {
    expect([...table.keys()].sort()).toEqual([...LINK_INPUTS].sort());
    expect([...table.get("ack")!.keys()]).toEqual(LINK_STATES);
  });

  it.each(cells)("$state, $input", ({ state, input }) => {
    const treatment = linkTreatment(state, input);
    expect(treatment).toBe(table.get(input)?.get(state));
    const leader = leaderAfter(state === "unknown" ? TO_ESTABLISHED : LINK_PATHS[state]);
    const effects = leader.handle(leaderEvent(`3 ${input}`));
    const isDisconnected = effects.some((effect) => effect.type === "disconnect" && effect.learner === 3);
    expect(isDisconnected).toBe(treatment === "refuse");
    if (treatment === "ignore") expect(effects).toEqual([]);
  });
});
