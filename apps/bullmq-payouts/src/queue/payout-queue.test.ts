import { setTimeout as delay } from "node:timers/promises";
import { onRedisOnly, startRedis } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { newPayouts, openPayoutQueue } from "./payout-queue.js";

/** Delays before Redis is killed: some are shorter than the addition of the jobs, some longer. */
const AFTER_MS = [0, 5, 10, 20, 30, 40, 60, 80];
const BATCH_SIZE = 1_000;

describe("the queue of a run", onRedisOnly(), () => {
  it("has one job per payout if Redis is killed while they are added", async () => {
    await using redis = await startRedis({ durable: true });
    await using opened = openPayoutQueue(redis.url);
    await opened.queue.waitUntilReady();
    const due = newPayouts(AFTER_MS.length * BATCH_SIZE, 8);
    for (const [round, afterMs] of AFTER_MS.entries()) {
      const adding = opened.add(due.slice(round * BATCH_SIZE, (round + 1) * BATCH_SIZE));
      await delay(afterMs);
      await redis.restart();
      await adding;
    }
    expect(await opened.queue.getJobCounts("waiting")).toEqual({ waiting: due.length });
  });
});
