import { setTimeout as delay } from "node:timers/promises";
import { onRedisOnly, startRedis } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { payoutsOf } from "./payout.js";
import { openPayoutQueue } from "./payout-queue.js";

/** Some of these strike before Redis begins to add, some in the middle, and some when all is done. */
const AFTER_MS = [0, 5, 10, 20, 30, 40, 60, 80];
const AT_ONCE = 1_000;

describe("the queue of a run", onRedisOnly(), () => {
  it("has each payout once, though Redis is killed while they are added", async () => {
    await using redis = await startRedis({ durable: true });
    await using opened = openPayoutQueue(redis.url);
    await opened.queue.waitUntilReady();
    const due = payoutsOf(AFTER_MS.length * AT_ONCE, 8);
    for (const [round, afterMs] of AFTER_MS.entries()) {
      const adding = opened.add(due.slice(round * AT_ONCE, (round + 1) * AT_ONCE));
      await delay(afterMs);
      await redis.restart();
      await adding;
    }
    expect(await opened.queue.getJobCounts("waiting")).toEqual({ waiting: due.length });
  });
});
