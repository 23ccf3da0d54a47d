import { describe, expect, it } from "vitest";
import type { Facts } from "./facts.js";
import { verdict } from "./verdict.js";

const report = (period: number, token: bigint, instance: string, at = period * 1000) => ({
  period,
  token,
  instance,
  at,
});
const term = (token: bigint, instance: string) => ({ token, instance, at: 0 });

/** a leads, is killed at 3.1 s, and b follows at 7 s with the report that a left out. */
const good: Facts = {
  reports: [report(1, 5n, "a"), report(2, 5n, "a"), report(3, 6n, "b", 7000), report(4, 6n, "b", 7001)],
  terms: [term(5n, "a"), term(6n, "b")],
  refusals: [],
  outages: [{ instance: "a", how: "killed", at: 3100 }],
  sessionTimeoutMs: 4000,
};

const holding = (facts: Facts): Record<string, boolean> =>
  Object.fromEntries(verdict(facts).map(({ name, holds }) => [name, holds]));

describe("the verdict", () => {
  it("holds for a run in which one leader follows the other", () => {
    expect(holding(good)).toEqual({ "one leader at a time": true, failover: true, "no report lost": true });
  });

  it.each<[string, Partial<Facts>, string]>([
    ["an older token was accepted", { reports: [report(1, 6n, "b"), report(2, 5n, "a")] }, "one leader at a time"],
    ["two used one token", { reports: [report(1, 5n, "a"), report(2, 5n, "b")] }, "one leader at a time"],
    ["a token belongs to nobody", { reports: [report(1, 7n, "a")] }, "one leader at a time"],
    ["nobody followed", { reports: [report(1, 5n, "a"), report(2, 5n, "a", 9000)] }, "failover"],
    ["the next came late", { reports: [report(2, 5n, "a"), report(3, 6n, "b", 13_000)] }, "failover"],
    ["nothing was done to anybody", { outages: [] }, "failover"],
    [
      "the second outage had no successor",
      { outages: [...good.outages, { instance: "b", how: "paused", at: 7100 }] },
      "failover",
    ],
    ["a period is missing", { reports: [report(1, 5n, "a"), report(3, 6n, "b", 7000)] }, "no report lost"],
    ["no report came after the kill", { outages: [{ instance: "a", how: "killed", at: 8000 }] }, "no report lost"],
    ["there is no report", { reports: [] }, "no report lost"],
  ])("fails where %s", (_what, change, name) => {
    expect(holding({ ...good, ...change })[name]).toBe(false);
  });
});
