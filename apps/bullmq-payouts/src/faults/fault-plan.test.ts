import { expect, it } from "vitest";
import { planFaults } from "./fault-plan.js";

const size = { payouts: 100, workers: 4, kills: 5, pauses: 2, cutOffs: 2, redisRestarts: 1 };

it("plans the requested number of each fault, in order, before the end of the run", () => {
  const plan = planFaults(7, size);
  const count = (fault: string): number => plan.filter((planned) => planned.fault === fault).length;
  expect([count("kill"), count("pause"), count("cutOff"), count("restartRedis")]).toEqual([5, 2, 2, 1]);
  const when = plan.map(({ afterPaid }) => afterPaid);
  expect(when).toEqual([...when].sort((a, b) => a - b));
  expect(Math.max(...when)).toBeLessThanOrEqual(90);
});

it("gives the same plan for the same seed, and another plan for another seed", () => {
  expect(planFaults(7, size)).toEqual(planFaults(7, size));
  expect(planFaults(8, size)).not.toEqual(planFaults(7, size));
});
