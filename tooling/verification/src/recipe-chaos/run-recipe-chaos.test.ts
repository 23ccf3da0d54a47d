import { startTestServer } from "@conclave/testing";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { expect, it } from "vitest";
import { runRecipeChaos } from "./run-recipe-chaos.ts";

/** Each run has other seeds; `pnpm soak recipes` runs more rounds. */
const ROUNDS = 20;
/** Each of three contenders acquires the lock after the faults; more grants depend on the machine. */
const EACH_ROUND = 3;

it("finds nothing wrong in 20 rounds, with pauses and restarts", { timeout: 900_000 }, async () => {
  await using target = await startTestServer();
  let report = await runRecipeChaos({ target, rounds: ROUNDS });
  // A run in which no process was paused while its contender held the lock says nothing about pauses.
  for (let more = 0; report.pausedTenures === 0 && more < 3; more++) {
    report = await runRecipeChaos({ target, rounds: ROUNDS });
  }
  expect(report.rounds).toBe(ROUNDS);
  expect(report.tenures).toBeGreaterThanOrEqual(EACH_ROUND * ROUNDS);
  expect(report.accepted).toBeGreaterThan(report.tenures / 2);
  expect(report.pausedTenures).toBeGreaterThan(0);
});

// On Conclave, the second ten of the rounds above are without restarts.
describeOnApache("recipe chaos without restarts on Apache ZooKeeper", () => {
  it("finds nothing wrong in 10 rounds", async () => {
    const target = { connectString: await sharedApache(), restart: () => Promise.reject(new Error("not ours")) };
    const report = await runRecipeChaos({ target, rounds: 10, together: 10, restartEvery: 0 });
    expect(report.tenures).toBeGreaterThanOrEqual(EACH_ROUND * 10);
  });
});
