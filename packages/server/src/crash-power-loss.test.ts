import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { CRASHES_PER_SEED, runPowerLoss } from "../test-support/crash/power-loss.js";

/** A sample: `pnpm soak server` runs new seeds for minutes. */
const CRASHES = 180;

it("storage keeps every acknowledged write, and no partial one, across power losses, kills and full disks", async () => {
  let crashes = 0;
  await forEachSeed(
    async (_, seed) => {
      await runPowerLoss(seed);
      crashes += CRASHES_PER_SEED;
    },
    { count: Math.ceil(CRASHES / CRASHES_PER_SEED) },
  );
  expect(crashes).toBeGreaterThanOrEqual(CRASHES_PER_SEED);
});

it("the check reports lost writes when the log is not synced", async () => {
  const losses: string[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    await runPowerLoss(seed, { forceSync: false }).catch((error: Error) => losses.push(error.message));
  }
  expect(losses).toContainEqual(expect.stringMatching(/^\d+ was acknowledged, \d+ is there/));
});
