import { describeOnEachEnsemble } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { startFaultTarget } from "../client-faults/fault-target.js";
import type { ContenderLie } from "./messages.js";
import { playRecipeChaos } from "./play-recipe-chaos.js";

const ROUNDS = 200;

describe("recipe chaos", () => {
  it("finds nothing wrong in 200 rounds, with pauses and restarts", { timeout: 300_000 }, async () => {
    await using target = await startFaultTarget();
    const report = await playRecipeChaos({ target, rounds: ROUNDS });
    expect(report.rounds).toBe(ROUNDS);
    expect(report.tenures).toBeGreaterThan(10 * ROUNDS);
    expect(report.accepted).toBeGreaterThan(report.tenures / 2);
    // Otherwise nobody was ever paused while it held the lock.
    expect(report.pausedTenures).toBeGreaterThan(0);
  });

  it.concurrent.for<readonly [ContenderLie, RegExp]>([
    ["has a lock of its own", /both held the lock for|was refused while its holder held the lock/],
    ["does not hear that it lost the lock", /both held the lock for|was refused while its holder held the lock/],
    ["counts twice", /the counter is \d+ after \d+ additions/],
    ["leaves a znode behind", /left behind.*\/lock\/forgotten/],
    ["stays a member that nobody sees", /the views of the members were not whole/],
  ])("finds a contender that %s", { timeout: 120_000 }, async ([lie, found]) => {
    await using target = await startFaultTarget();
    // Ends with the first rounds in which it is found: some lies need a fault at the right moment.
    const played = playRecipeChaos({ target, rounds: 120, together: 12, restartEvery: 0, lie });
    await expect(played).rejects.toThrow(found);
  });
});

describeOnEachEnsemble("recipe chaos without restarts", (ensemble) => {
  it("finds nothing wrong in 10 rounds", { timeout: 60_000 }, async () => {
    const target = { connectString: ensemble.connectString(), restart: () => Promise.reject(new Error("not ours")) };
    const report = await playRecipeChaos({ target, rounds: 10, together: 10, restartEvery: 0 });
    expect(report.tenures).toBeGreaterThan(50);
  });
});
