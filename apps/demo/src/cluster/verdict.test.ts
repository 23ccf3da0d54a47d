import { expect, it } from "vitest";
import { type ClusterFacts, verdict } from "./verdict.js";

const good: ClusterFacts = {
  sightings: [
    { at: 1_000, members: ["a", "b", "c"], leader: "a", owners: { x: "a", y: "b" } },
    { at: 5_000, members: ["b", "c"], leader: "b", owners: { x: "c", y: "b" } },
    { at: 9_000, members: ["b", "c"], leader: "b", owners: { x: "c", y: "b" } },
  ],
  killed: { id: "a", at: 1_500 },
  sessionTimeoutMs: 4_000,
};
const [before, after] = good.sightings as [ClusterFacts["sightings"][0], ClusterFacts["sightings"][0]];

const holding = (facts: ClusterFacts): Record<string, boolean> =>
  Object.fromEntries(verdict(facts).map(({ name, holds }) => [name, holds]));

it("holds where the living agree in time, and take the keys of the dead", () => {
  expect(holding(good)).toEqual({ "members agree": true, "one owner per key": true });
});

it.each<[string, Partial<ClusterFacts>, string]>([
  ["they did not agree", { sightings: [before] }, "members agree"],
  ["it came late", { sightings: [before, { ...after, at: 11_000 }] }, "members agree"],
  ["the dead is still a member", { sightings: [before, { ...after, members: ["a", "b", "c"] }] }, "members agree"],
  ["the dead still leads", { sightings: [before, { ...after, leader: "a" }] }, "members agree"],
  ["nobody leads", { sightings: [before, { ...after, leader: null }] }, "members agree"],
  ["nobody was killed", { killed: undefined }, "members agree"],
  ["a key has no owner", { sightings: [before, { ...after, owners: { x: null, y: "b" } }] }, "one owner per key"],
  ["the dead owns a key", { sightings: [before, { ...after, owners: { x: "a", y: "b" } }] }, "one owner per key"],
  ["a key left the living", { sightings: [before, { ...after, owners: { x: "c", y: "c" } }] }, "one owner per key"],
  ["there are no keys", { sightings: [] }, "one owner per key"],
])("fails where %s", (_what, change, name) => {
  expect(holding({ ...good, ...change })[name]).toBe(false);
});
