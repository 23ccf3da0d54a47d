import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { FAULT_KINDS, planFaults } from "./fault-plan.js";

function firstOf(seed: number, count: number) {
  const plan = planFaults(seededRandom(seed), 3);
  return Array.from({ length: count }, () => plan.next().value);
}

it.each([1, 2, 3, 4, 5])("plans each kind of fault among the first four, by seed %i", (seed) => {
  const faults = firstOf(seed, FAULT_KINDS.length);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  expect(faults.find(({ kind }) => kind === "pause")?.target).toBe("makes runs");
});

it("plans the same faults from the same seed, and others from another one", () => {
  expect(firstOf(7, 20)).toEqual(firstOf(7, 20));
  expect(firstOf(7, 20)).not.toEqual(firstOf(8, 20));
});
