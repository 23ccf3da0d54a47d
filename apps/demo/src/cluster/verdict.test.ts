import { expect, it } from "vitest";
import { type ClusterRun, verdict } from "./verdict.js";

const good: ClusterRun = {
  views: [
    { at: 1_000, members: ["a", "b", "c"], leader: "a", owners: { x: "a", y: "b" } },
    { at: 5_000, members: ["b", "c"], leader: "b", owners: { x: "c", y: "b" } },
    { at: 9_000, members: ["b", "c"], leader: "b", owners: { x: "c", y: "b" } },
  ],
  killed: { id: "a", at: 1_500 },
  limitMs: 9_000,
};
const [before, after] = good.views as [ClusterRun["views"][0], ClusterRun["views"][0]];

const holding = (run: ClusterRun): Record<string, boolean> =>
  Object.fromEntries(verdict(run).map(({ name, holds }) => [name, holds]));

it("the verdict on the cluster holds if the remaining members agree in time and take over the keys", () => {
  expect(holding(good)).toEqual({ "members agree": true, "one owner per key": true });
});

it.each<[string, Partial<ClusterRun>, string]>([
  ["the members did not agree", { views: [before] }, "members agree"],
  ["the members agreed too late", { views: [before, { ...after, at: 11_000 }] }, "members agree"],
  ["the killed one is still a member", { views: [before, { ...after, members: ["a", "b", "c"] }] }, "members agree"],
  ["the killed one still leads", { views: [before, { ...after, leader: "a" }] }, "members agree"],
  ["there is no leader", { views: [before, { ...after, leader: null }] }, "members agree"],
  ["no member was killed", { killed: undefined }, "members agree"],
  ["a key has no owner", { views: [before, { ...after, owners: { x: null, y: "b" } }] }, "one owner per key"],
  ["the killed one owns a key", { views: [before, { ...after, owners: { x: "a", y: "b" } }] }, "one owner per key"],
  [
    "a key moved away from a live member",
    { views: [before, { ...after, owners: { x: "c", y: "c" } }] },
    "one owner per key",
  ],
  ["there are no keys", { views: [] }, "one owner per key"],
])("the verdict on the cluster fails if %s", (_title, change, name) => {
  expect(holding({ ...good, ...change })[name]).toBe(false);
});
