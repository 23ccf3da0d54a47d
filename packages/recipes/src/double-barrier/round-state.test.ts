import type { Random } from "@conclave/runtime";
import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { type EnterStep, enterStep, leaveStep } from "./round-state.js";

const [a, b, c] = ["_c_1-member-0000000001", "_c_2-member-0000000002", "_c_3-member-0000000003"] as const;

describe("a participant that enters a double barrier of size 2", () => {
  const table: readonly [string, readonly string[] | undefined, readonly string[], EnterStep][] = [
    ["waits when it is alone", undefined, [a], { type: "wait" }],
    ["begins the round when one other is present", undefined, [b, a], { type: "begin", roster: [a, b] }],
    [
      "begins the round with the first two when two others are present",
      undefined,
      [c, b, a],
      { type: "begin", roster: [a, b] },
    ],
    ["has entered when it is in the roster", [a, b], [b, a], { type: "entered" }],
    ["has entered when it is in the roster and the others have left", [a, b], [a], { type: "entered" }],
    ["is passed over when it is not in the roster", [b, c], [a, b, c], { type: "passedOver" }],
    ["enters again when its znode was deleted", undefined, [b], { type: "gone" }],
    ["enters again when it is in the roster but its znode was deleted", [a, b], [b], { type: "gone" }],
  ];
  it.each(table)("%s", (_, roster, children, step) => {
    expect(enterStep({ roster, children, own: a }, 2)).toEqual(step);
  });
});

describe("a participant that leaves a double barrier", () => {
  const roster = [a, b, c];
  it.each([
    ["deletes its znode and is done when it is alone", [a], a, { deletesOwn: true, watch: undefined }],
    ["keeps its znode and watches the last when it is the first", [a, b, c], a, { deletesOwn: false, watch: c }],
    ["deletes its znode and watches the first when it is another", [a, b, c], b, { deletesOwn: true, watch: a }],
    ["watches the first when its znode is deleted already", [a, c], b, { deletesOwn: false, watch: a }],
    ["watches the next when the first has died", [b, c], c, { deletesOwn: true, watch: b }],
    ["is done when no znode is left", [], c, { deletesOwn: false, watch: undefined }],
    [
      "ignores a znode that is not in the roster",
      [a, "_c_9-member-0000000009"],
      a,
      { deletesOwn: true, watch: undefined },
    ],
  ] as const)("%s", (_, children, own, step) => {
    expect(leaveStep({ roster, children, own })).toEqual(step);
  });
});

/** Simulates a round on a model of an ensemble: in a random order participants create znodes, read, die and leave. */
function simulate(random: Random): void {
  const size = 1 + randomInt(random, 4);
  const nodes = new Set<string>();
  let roster: readonly string[] | undefined;
  let created = 0;
  const participants = Array.from({ length: size + randomInt(random, 3) }, () => ({
    own: `_c_-member-${String(++created).padStart(10, "0")}`,
    phase: "out" as "out" | "entering" | "in" | "leaving" | "done" | "over" | "dead",
  }));
  const read = (own: string) => ({ roster, children: [...nodes], own });
  const step = (each: (typeof participants)[number]): void => {
    if (each.phase === "out") {
      nodes.add(each.own);
      each.phase = "entering";
    } else if (each.phase === "entering") {
      const next = enterStep(read(each.own), size);
      if (next.type === "begin" && roster === undefined && next.roster.every((name) => nodes.has(name))) {
        roster = next.roster;
        expect(roster).toHaveLength(size);
      } else if (next.type === "entered") {
        expect(roster).toContain(each.own);
        each.phase = "in";
      } else if (next.type === "passedOver") {
        nodes.delete(each.own);
        each.phase = "over";
      }
    } else if (each.phase === "in" || each.phase === "leaving") {
      each.phase = "leaving";
      const { deletesOwn, watch } = leaveStep(read(each.own));
      if (deletesOwn) nodes.delete(each.own);
      if (watch !== undefined) {
        expect([nodes.has(watch), watch === each.own]).toEqual([true, false]);
        return;
      }
      // All others of the roster have left or died.
      for (const other of participants) if (roster!.includes(other.own)) expect(other.phase).not.toBe("in");
      each.phase = "done";
    }
  };
  for (let i = 0; i < 200; i++) {
    const each = participants[randomInt(random, participants.length)]!;
    if (random.float() < 0.02) {
      nodes.delete(each.own);
      each.phase = "dead";
    } else step(each);
  }
  for (let rounds = 0; rounds < 20; rounds++) for (const each of participants) step(each);
  const stuck = participants.filter(({ phase }) => phase !== "dead" && phase !== "done" && phase !== "over");
  // Participants still wait only if there are fewer than `size`.
  expect(roster === undefined || stuck.length === 0).toBe(true);
  if (roster === undefined) expect(stuck.length).toBeLessThan(size);
}

it("participants of a double barrier begin together, end together and never wait for a dead one, in random orders", async () => {
  await forEachSeed(simulate, { count: 500 });
});
