import { expect, it } from "vitest";
import { planChaos } from "./chaos-plan.js";

const size = { payouts: 100, workers: 4, kills: 5, pauses: 2, cutOffs: 2, redisRestarts: 1 };

it("plans as many faults as are asked for, in order, before the end", () => {
  const plan = planChaos(7, size);
  const count = (fault: string): number => plan.filter((planned) => planned.fault === fault).length;
  expect([count("kill"), count("pause"), count("cutOff"), count("restartRedis")]).toEqual([5, 2, 2, 1]);
  const when = plan.map(({ afterPaid }) => afterPaid);
  expect(when).toEqual([...when].sort((a, b) => a - b));
  expect(Math.max(...when)).toBeLessThanOrEqual(90);
});

it("plans the same for the same seed, and something else for another", () => {
  expect(planChaos(7, size)).toEqual(planChaos(7, size));
  expect(planChaos(8, size)).not.toEqual(planChaos(7, size));
});
