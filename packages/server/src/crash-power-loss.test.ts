import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { CRASHES_PER_SEED, runPowerLoss } from "./crash-fixture/power-loss.js";

/** More, for minutes: `pnpm soak server`. */
const CRASHES = 1200;

it("after a loss of power, a killed process or a full disk at any moment, what was acknowledged is there and nothing is half there", async () => {
  let crashes = 0;
  await forEachSeed(
    async (_, seed) => {
      await runPowerLoss(seed);
      crashes += CRASHES_PER_SEED;
    },
    { count: Math.ceil(CRASHES / CRASHES_PER_SEED) },
  );
  expect(crashes).toBeGreaterThanOrEqual(CRASHES_PER_SEED);
}, 120_000);

it("acknowledged writes are found missing where the log is not synced", async () => {
  const losses: string[] = [];
  for (let seed = 1; seed <= 30; seed++) {
    await runPowerLoss(seed, { forceSync: false }).catch((error: Error) => losses.push(error.message));
  }
  expect(losses).toContainEqual(expect.stringMatching(/^\d+ was acknowledged, \d+ is there/));
});
