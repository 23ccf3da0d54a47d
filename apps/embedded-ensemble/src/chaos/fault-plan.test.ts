import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { planFaults } from "./fault-plan.js";

const first = (seed: number, count: number) => planFaults(seededRandom(seed), 3).take(count).toArray();

it.each([1, 2, 3, 4, 5])("plans each kind of fault among the first three, by seed %i", (seed) => {
  expect(new Set(first(seed, 3).map(({ kind }) => kind))).toEqual(new Set(["kill", "stop", "lose disk"]));
});

it("plans the same faults from the same seed, and others from another one", () => {
  expect(first(7, 20)).toEqual(first(7, 20));
  expect(first(7, 20)).not.toEqual(first(8, 20));
});
