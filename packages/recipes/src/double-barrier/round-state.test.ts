import type { Random } from "@conclave/runtime";
import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { type EnterStep, enterStep, leaveStep } from "./round-state.js";

const [a, b, c] = ["_c_1-member-0000000001", "_c_2-member-0000000002", "_c_3-member-0000000003"] as const;

describe("a participant that enters a barrier for two", () => {
  const table: readonly [string, readonly string[] | undefined, readonly string[], EnterStep][] = [
    ["alone: waits", undefined, [a], { type: "wait" }],
    ["with one more: begins", undefined, [b, a], { type: "begin", roster: [a, b] }],
    ["with two more: begins with the first two", undefined, [c, b, a], { type: "begin", roster: [a, b] }],
    ["in the roster: has entered", [a, b], [b, a], { type: "entered" }],
    ["in the roster, when the others have left: has entered", [a, b], [a], { type: "entered" }],
    ["not in the roster: is passed over", [b, c], [a, b, c], { type: "passedOver" }],
    ["without its znode: is gone", undefined, [b], { type: "gone" }],
    ["in the roster without its znode: is gone", [a, b], [b], { type: "gone" }],
  ];
  it.each(table)("%s", (_, roster, children, step) => {
    expect(enterStep({ roster, children, own: a }, 2)).toEqual(step);
  });
});

describe("a participant that leaves", () => {
  const roster = [a, b, c];
  it.each([
    ["alone: goes", [a], a, { deletesOwn: true, watch: undefined }],
    ["as the first: stays, and waits for the last", [a, b, c], a, { deletesOwn: false, watch: c }],
    ["as another: goes, and waits for the first", [a, b, c], b, { deletesOwn: true, watch: a }],
    ["as another that has gone: waits for the first", [a, c], b, { deletesOwn: false, watch: a }],
    ["when the first has died: waits for the next", [b, c], c, { deletesOwn: true, watch: b }],
    ["as the last that has gone: is done", [], c, { deletesOwn: false, watch: undefined }],
    ["beside one of no roster: goes", [a, "_c_9-member-0000000009"], a, { deletesOwn: true, watch: undefined }],
  ] as const)("%s", (_, children, own, step) => {
    expect(leaveStep({ roster, children, own })).toEqual(step);
  });
});

/** A round on a model of an ensemble: participants come, look, die and leave under chance. */
function simulate(random: Random): void {
  const size = 1 + randomInt(random, 4);
  const nodes = new Set<string>();
  let roster: readonly string[] | undefined;
  let made = 0;
  const people = Array.from({ length: size + randomInt(random, 3) }, () => ({
    own: `_c_-member-${String(++made).padStart(10, "0")}`,
    phase: "out" as "out" | "entering" | "in" | "leaving" | "done" | "over" | "dead",
  }));
  const look = (own: string) => ({ roster, children: [...nodes], own });
  const step = (each: (typeof people)[number]): void => {
    if (each.phase === "out") {
      nodes.add(each.own);
      each.phase = "entering";
    } else if (each.phase === "entering") {
      const next = enterStep(look(each.own), size);
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
      const { deletesOwn, watch } = leaveStep(look(each.own));
      if (deletesOwn) nodes.delete(each.own);
      if (watch !== undefined) {
        expect([nodes.has(watch), watch === each.own]).toEqual([true, false]);
        return;
      }
      // Nobody of the round is inside any more.
      for (const other of people) if (roster!.includes(other.own)) expect(other.phase).not.toBe("in");
      each.phase = "done";
    }
  };
  for (let i = 0; i < 200; i++) {
    const each = people[randomInt(random, people.length)]!;
    if (random.float() < 0.02) {
      nodes.delete(each.own);
      each.phase = "dead";
    } else step(each);
  }
  for (let rounds = 0; rounds < 20; rounds++) for (const each of people) step(each);
  const stuck = people.filter(({ phase }) => phase !== "dead" && phase !== "done" && phase !== "over");
  // Who waits still does so because there are too few of them.
  expect(roster === undefined || stuck.length === 0).toBe(true);
  if (roster === undefined) expect(stuck.length).toBeLessThan(size);
}

it("random participants begin together, end together and never wait for a dead one", async () => {
  await forEachSeed(simulate, { count: 500 });
});
