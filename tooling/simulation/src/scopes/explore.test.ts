import { describe, expect, it } from "vitest";
import { type ExploreOptions, explore } from "./explore.ts";
import type { Mistake } from "./mistakes.ts";
import type { ModelState } from "./model-state.ts";

describe("every order of steps of three servers keeps the invariants of Zab", () => {
  it.each([
    { transactions: 2, crashes: 0, cuts: 0, least: 400 },
    { transactions: 1, crashes: 1, cuts: 0, least: 5000 },
    { transactions: 1, crashes: 0, cuts: 1, least: 3000 },
  ])("with $transactions transactions, $crashes crashes and $cuts cut connections", ({ least, ...budget }) => {
    const { isWhole, states, interleavings } = explore(budget);
    expect(isWhole).toBe(true);
    expect(states).toBeGreaterThan(least);
    expect(interleavings).toBeGreaterThan(states);
  });

  it.each([
    { transactions: 2, crashes: 0, cuts: 0 },
    { transactions: 0, crashes: 1, cuts: 0 },
    { transactions: 0, crashes: 0, cuts: 1 },
  ])("and orders that are left out have no other ends: $transactions, $crashes, $cuts", (budget) => {
    expect(endsOf(budget)).toEqual(endsOf({ ...budget, isReduced: false }));
  });
});

describe("every order of steps of three servers finds that", () => {
  const shortest = { transactions: 1, crashes: 0, cuts: 0 };
  it.each<[Mistake, RegExp, ExploreOptions]>([
    ["one copy is a majority", /1:1 is committed with 1 copies/, shortest],
    ["records are acknowledged before their flush", /acknowledged 1:1, which it may lose/, shortest],
    ["flushes keep nothing", /acknowledged 1:1, which it may lose/, shortest],
    ["epochs are not stored", /joins epoch 1 after 0; it has accepted 0/, shortest],
    ["truncations are left out", /is committed on a server, and/, { transactions: 2, crashes: 1, cuts: 0 }],
    [
      "the current epoch is stored before the history",
      /the leader of epoch 3 lacks 1:1/,
      { transactions: 1, crashes: 2, cuts: 0 },
    ],
  ])("%s", (mistake, violation, budget) => {
    expect(() => explore({ ...budget, mistake })).toThrow(violation);
  });
});

/** Returns the contents of all disks in the states in which nothing more can happen. */
function endsOf(options: ExploreOptions): Set<string> {
  const ends = new Set<string>();
  explore({ ...options, onEnd: (state) => void ends.add(disksOf(state)) });
  return ends;
}

function disksOf({ servers, facts }: ModelState): string {
  const disks = servers.map(({ value }) => `${value.acceptedEpoch} ${value.currentEpoch} ${value.zxids}`);
  return `${disks.sort().join(" | ")}, ${facts.commits.length} committed`;
}
