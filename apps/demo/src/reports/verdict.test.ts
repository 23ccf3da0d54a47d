import { expect, it } from "vitest";
import { type ReportsRun, verdict } from "./verdict.js";

const report = (period: number, token: bigint, instance: string, at = period * 1000) => ({
  period,
  token,
  instance,
  at,
});
const term = (token: bigint, instance: string) => ({ token, instance, at: 0 });

/** Instance a leads and is killed at 3.1 s; b leads from 7 s on, and makes the report that a had not made. */
const good: ReportsRun = {
  reports: [report(1, 5n, "a"), report(2, 5n, "a"), report(3, 6n, "b", 7000), report(4, 6n, "b", 7001)],
  terms: [term(5n, "a"), term(6n, "b")],
  refusals: [],
  outages: [{ instance: "a", fault: "killed", at: 3100 }],
  sessionTimeoutMs: 4000,
  slackMs: 5000,
};

const holding = (run: ReportsRun): Record<string, boolean> =>
  Object.fromEntries(verdict(run).map(({ name, holds }) => [name, holds]));

it("the verdict on the reports holds for a run in which one leader succeeds the other", () => {
  expect(holding(good)).toEqual({ "one leader at a time": true, failover: true, "no report lost": true });
});

it.each<[string, Partial<ReportsRun>, string]>([
  ["an older token was accepted", { reports: [report(1, 6n, "b"), report(2, 5n, "a")] }, "one leader at a time"],
  ["two instances used one token", { reports: [report(1, 5n, "a"), report(2, 5n, "b")] }, "one leader at a time"],
  ["no leader received a token", { reports: [report(1, 7n, "a")] }, "one leader at a time"],
  ["no other leader followed", { reports: [report(1, 5n, "a"), report(2, 5n, "a", 9000)] }, "failover"],
  ["the next leader came too late", { reports: [report(2, 5n, "a"), report(3, 6n, "b", 13_000)] }, "failover"],
  ["there was no outage", { outages: [] }, "failover"],
  [
    "no leader followed after the second outage",
    { outages: [...good.outages, { instance: "b", fault: "paused", at: 7100 }] },
    "failover",
  ],
  ["a period is missing", { reports: [report(1, 5n, "a"), report(3, 6n, "b", 7000)] }, "no report lost"],
  ["no report came after the outage", { outages: [{ instance: "a", fault: "killed", at: 8000 }] }, "no report lost"],
  ["there is no report", { reports: [] }, "no report lost"],
])("the verdict on the reports fails if %s", (_title, change, name) => {
  expect(holding({ ...good, ...change })[name]).toBe(false);
});
