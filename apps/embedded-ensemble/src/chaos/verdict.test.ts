import { expect, it } from "vitest";
import { type ChaosRecord, verdict } from "./verdict.js";

const run = (period: number, token: bigint, replica: number, at = period * 500) => {
  return { period, token, replica, at, orders: 1, cents: 100 };
};
const good: ChaosRecord = {
  runs: [run(1, 5n, 1), run(2, 5n, 1), run(3, 9n, 2, 4_000), run(4, 9n, 2, 4_001)],
  ...{ refusals: 1, acknowledged: 3, closed: 4, open: 0, periodMs: 500, sessionTimeoutMs: 3_000, slackMs: 2_000 },
  ...{ replicas: [1, 2], readyVoters: [[1, 2], [1, 2]] },
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
  ["a period twice under two tokens", { runs: [run(1, 5n, 1), run(2, 5n, 1), run(2, 9n, 2), run(3, 9n, 2)] }, ["no period twice"]],
  ["a missing period", { runs: [run(1, 5n, 1), run(2, 5n, 1), run(4, 9n, 2), run(5, 9n, 2)] }, ["no period lost"]],
  ["a write under an old token", { runs: [run(1, 9n, 1), run(2, 9n, 1), run(3, 5n, 2), run(4, 9n, 1)] }, ["no late write"]],
  ["a token of two replicas", { runs: [run(1, 5n, 1), run(2, 5n, 2), run(3, 9n, 2), run(4, 9n, 2)] }, ["no late write"]],
  ["a long time without a run", { slackMs: 0, sessionTimeoutMs: 2_000 }, ["soon a new leader"]],
  ["an open order", { open: 1 }, ["no order lost"]],
  ["a lost order", { acknowledged: 5 }, ["no order lost"]],
  ["an order in two runs", { closed: 3 }, ["no order lost"]],
  ["a replica that is away", { readyVoters: [[1, 2], [2]] }, ["all in the quorum"]],
  ["no runs", { runs: [], closed: 0 }, ["no period twice", "no period lost", "no late write", "soon a new leader", "no order lost"]],
])("fails for %s", (_, record, names) => {
  expect(failing(record)).toEqual(names);
});
