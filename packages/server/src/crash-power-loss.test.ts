import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { CRASHES_PER_SEED, runPowerLoss } from "../test-support/crash/power-loss.js";

/** In parts, each of which is short. `pnpm soak server` runs new seeds for minutes. */
const PARTS = [1, 2, 3, 4, 5, 6];
const CRASHES_PER_PART = 200;

it.each(PARTS)(
  "storage keeps every acknowledged write, and no partial one, across power losses, kills and full disks: part %i",
  async () => {
    let crashes = 0;
    await forEachSeed(
      async (_, seed) => {
        await runPowerLoss(seed);
        crashes += CRASHES_PER_SEED;
      },
      { count: Math.ceil(CRASHES_PER_PART / CRASHES_PER_SEED) },
    );
    expect(crashes).toBeGreaterThanOrEqual(CRASHES_PER_SEED);
  },
);

it("the check reports lost writes when the log is not synced", async () => {
  const losses: string[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    await runPowerLoss(seed, { forceSync: false }).catch((error: Error) => losses.push(error.message));
  }
  expect(losses).toContainEqual(expect.stringMatching(/^\d+ was acknowledged, \d+ is there/));
});
