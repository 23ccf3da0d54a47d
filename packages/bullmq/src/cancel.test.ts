import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { gate } from "../stage/gate.js";
import { QueueStage } from "../stage/queue-stage.js";
import { JobCancelledError, requestCancel } from "./index.js";

const key = ({ id }: { id?: string }): string => `job-${id}`;

describeOnEachEnsemble("a request to cancel", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);

    it("reaches the job in whatever process it runs, which fails for good; other jobs go on", async () => {
      const queue = stage.queue();
      const reasons: unknown[] = [];
      const free = gate<void>();
      let running = 0;
      await stage.worker(
        queue,
        async (_job, { signal }) => {
          running++;
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
          await Promise.race([free.opened, stopped]);
          signal.throwIfAborted();
        },
        { client: await stage.client(), key },
      );
      const [wrong, other] = [await queue.add("pay", {}, { attempts: 3 }), await queue.add("pay", {})];
      await eventually(() => running === 2);
      const request = { queue: queue.name, jobId: wrong.id!, reason: "wrong account" };
      await using _ = await requestCancel(await stage.client(), request);
      await eventually(async () => (await wrong.getState()) === "failed");
      expect(reasons).toEqual([expect.any(JobCancelledError)]);
      const failedReason = `job ${wrong.id} was cancelled: wrong account`;
      expect(await queue.getJob(wrong.id!)).toMatchObject({ failedReason, attemptsMade: 1 });
      free.open();
      await eventually(async () => (await other.getState()) === "completed");
    });

    it("holds for a job that starts while it stands, and no longer", async () => {
      const queue = stage.queue();
      const [client, other] = [await stage.client(), await stage.client()];
      let runs = 0;
      const request = await requestCancel(other, { queue: queue.name, jobId: "seven" });
      const worker = await stage.worker(
        queue,
        async (_job, _grant) => {
          runs++;
        },
        { client, key },
      );
      const job = await queue.add("pay", {}, { jobId: "seven", attempts: 3 });
      await eventually(async () => (await job.getState()) === "failed");
      expect(runs).toBe(0);
      await request.withdraw();
      await eventually(
        async () => (await client.getChildren(`/conclave/groups/bullmq-cancel%3A${queue.name}`)).length === 0,
      );
      await eventually(async () => {
        if ((await job.getState()) === "failed") await job.retry();
        return (await job.getState()) === "completed";
      });
      expect(runs).toBe(1);
      expect(worker.isRunning()).toBe(true);
    });

    it("ends a wait for the key", async () => {
      const queue = stage.queue();
      const client = await stage.client();
      const free = gate<void>();
      await stage.worker(queue, async (_job, _grant) => free.opened, { client, key: () => "one", busy: "wait" });
      const holder = await queue.add("pay", {});
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 1);
      const waiting = await queue.add("pay", {});
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 2);
      await using _ = await requestCancel(client, { queue: queue.name, jobId: waiting.id! });
      await eventually(async () => (await waiting.getState()) === "failed");
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 1);
      free.open();
      await eventually(async () => (await holder.getState()) === "completed");
    });
  });
});
