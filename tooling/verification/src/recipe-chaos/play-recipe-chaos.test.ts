import { startFaultTarget } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { expect, it } from "vitest";
import { playRecipeChaos } from "./play-recipe-chaos.ts";

/** Each run plays other seeds; `pnpm soak recipes` plays as many rounds as it has time for. */
const ROUNDS = 40;
/** Each of three has the lock again when the faults are over; how often before is the machine's affair. */
const EACH_ROUND = 3;

it("finds nothing wrong in 40 rounds, with pauses and restarts", { timeout: 900_000 }, async () => {
  await using target = await startFaultTarget();
  const report = await playRecipeChaos({ target, rounds: ROUNDS });
  expect(report.rounds).toBe(ROUNDS);
  expect(report.tenures).toBeGreaterThanOrEqual(EACH_ROUND * ROUNDS);
  expect(report.accepted).toBeGreaterThan(report.tenures / 2);
  // Otherwise nobody was ever paused while it held the lock.
  expect(report.pausedTenures).toBeGreaterThan(0);
});

describeOnEachEnsemble("recipe chaos without restarts", (ensemble) => {
  it("finds nothing wrong in 10 rounds", async () => {
    const target = { connectString: ensemble.connectString(), restart: () => Promise.reject(new Error("not ours")) };
    const report = await playRecipeChaos({ target, rounds: 10, together: 10, restartEvery: 0 });
    expect(report.tenures).toBeGreaterThanOrEqual(EACH_ROUND * 10);
  });
});
