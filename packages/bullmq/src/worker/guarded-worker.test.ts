import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";

describeOnEachEnsemble("a guarded worker", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("delays its jobs by its options `delayMs` and `random` after its option `closing` has aborted", async () => {
      const client = await context.client();
      const queue = context.queue();
      let runs = 0;
      const delayMs = 3_600_000;
      const random = { float: () => 0.99, bytes: (length: number) => new Uint8Array(length) };
      const options = { client, key: () => "one", closing: AbortSignal.abort(), delayMs, random };
      await context.worker(queue, async (_job, _grant) => ++runs, options);
      const job = await queue.add("pay", {});
      await eventually(async () => (await queue.getJobCountByTypes("delayed", "completed")) === 1);
      const { delay } = (await queue.getJob(job.id!))!;
      expect(runs).toBe(0);
      expect(delay).toBeGreaterThan(1.48 * delayMs);
      expect(delay).toBeLessThanOrEqual(1.49 * delayMs);
    });
  });
});
