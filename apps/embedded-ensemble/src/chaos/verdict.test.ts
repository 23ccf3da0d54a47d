import { expect, it } from "vitest";
import type { ChaosRecord } from "./chaos-record.js";
import { Summary } from "./summary.js";
import { verdict } from "./verdict.js";

const run = (period: number, token: bigint, replica: number, at = period * 500) => {
  return { period, token, replica, at, orders: 1, cents: 100 };
};
const draft = (period: number, token: bigint, replica: number, at: number) => ({ period, token, replica, at });
const pause = { kind: "pause", replica: 1, at: 1_200, ledAt: 1_500, isInRun: true } as const;
const good: ChaosRecord = {
  runs: [run(1, 5n, 1), run(2, 5n, 1), run(3, 9n, 2, 4_000), run(4, 9n, 2, 4_001)],
  drafts: [draft(1, 5n, 1, 400), draft(2, 5n, 1, 900), draft(3, 5n, 1, 1_100), draft(3, 9n, 2, 3_800)],
  outages: [pause],
  ...{ refusals: 1, acknowledged: 3, closed: 4, open: 0, periodMs: 500, sessionTimeoutMs: 3_000, slackMs: 2_000 },
  ...{
    replicas: [1, 2],
    readyVoters: [
      [1, 2],
      [1, 2],
    ],
  },
};
const failing = (record: Partial<ChaosRecord>) =>
  verdict({ ...good, ...record })
    .filter(({ holds }) => !holds)
    .map(({ name }) => name);

it("holds for a run with one failover", () => {
  expect(failing({})).toEqual([]);
});

it.each<[string, Partial<ChaosRecord>, readonly string[]]>([
  ["a period twice under one token", { runs: [...good.runs.slice(0, 3), run(3, 9n, 2, 4_001)] }, ["no period twice"]],
  [
    "a period twice under two tokens",
    { runs: [run(1, 5n, 1), run(2, 5n, 1), run(2, 9n, 2), run(3, 9n, 2)] },
    ["no period twice"],
  ],
  ["a missing period", { runs: [run(1, 5n, 1), run(2, 5n, 1), run(4, 9n, 2), run(5, 9n, 2)] }, ["no period lost"]],
  [
    "a write under an old token",
    { runs: [run(1, 9n, 1), run(2, 9n, 1), run(3, 5n, 2), run(4, 9n, 1)] },
    ["no late write"],
  ],
  [
    "a token of two replicas",
    { runs: [run(1, 5n, 1), run(2, 5n, 2), run(3, 9n, 2), run(4, 9n, 2)] },
    ["no late write"],
  ],
  ["a long time without a leader", { runs: [...good.runs, run(5, 9n, 2, 13_000)], closed: 5 }, ["soon a new leader"]],
  ["a late write that was not refused", { refusals: 0 }, ["late writes refused"]],
  ["an open order", { open: 1 }, ["no order lost"]],
  ["a lost order", { acknowledged: 5 }, ["no order lost"]],
  ["an order in two runs", { closed: 3 }, ["no order lost"]],
  ["a replica that is away", { readyVoters: [[1, 2], [2]] }, ["all in the quorum"]],
  [
    "no runs",
    { runs: [], closed: 0 },
    ["no period twice", "no period lost", "no late write", "soon a new leader", "no order lost"],
  ],
])("fails for %s", (_, record, names) => {
  expect(failing(record)).toEqual(names);
});

it("says which fault the longest time without a leader followed, and what it consists of", () => {
  const because = verdict(good).find(({ name }) => name === "soon a new leader")?.because;
  expect(because).toBe(
    "longest time without a leader at work: 2.5 s (pause of replica 1: 0.3 s until the servers had a leader, " +
      "2.3 s until a session ended and a replica was elected, 0.2 s for its first run), " +
      "allowed: 7.5 s (detection 2.5 s + session timeout 3.0 s + elections 2.0 s)",
  );
});

it("adds up the figures of several rounds", () => {
  const summary = new Summary();
  summary.add(good);
  summary.add({ ...good, outages: [] });
  expect(String(summary)).toMatch(
    /^2 rounds, 8 invoice runs under 4 tokens; faults: kill 0, stop 0, pause 1, lose disk 0; 2 late writes refused; .* 2\.5 s/,
  );
});
