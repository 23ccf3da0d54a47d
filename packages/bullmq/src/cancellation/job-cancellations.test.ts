import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { deferred, QueueTestContext } from "../../test-context/test-context.js";
import { JobCancelledError, requestCancellation } from "../index.js";

const key = ({ id }: { id?: string }): string => `job-${id}`;

describeOnEachEnsemble("a request to cancel a job", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("fails the job without a retry in the process that runs it, and leaves other jobs running", async () => {
      const queue = context.queue();
      const reasons: unknown[] = [];
      const released = deferred<void>();
      let running = 0;
      await context.worker(
        queue,
        async (_job, { signal }) => {
          running++;
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
          await Promise.race([released.promise, stopped]);
          signal.throwIfAborted();
        },
        { client: await context.client(), key },
      );
      const [wrong, other] = [await queue.add("pay", {}, { attempts: 3 }), await queue.add("pay", {})];
      await eventually(() => running === 2);
      const request = { queue: queue.name, jobId: wrong.id!, reason: "wrong account" };
      await using _ = await requestCancellation(await context.client(), request);
      await eventually(async () => (await wrong.getState()) === "failed");
      expect(reasons).toEqual([expect.any(JobCancelledError)]);
      const failedReason = `job ${wrong.id} was cancelled: wrong account`;
      expect(await queue.getJob(wrong.id!)).toMatchObject({ failedReason, attemptsMade: 1 });
      released.resolve();
      await eventually(async () => (await other.getState()) === "completed");
    });

    it("fails the job when it starts, until the request is withdrawn", async () => {
      const queue = context.queue();
      const [client, other] = [await context.client(), await context.client()];
      let runs = 0;
      const request = await requestCancellation(other, { queue: queue.name, jobId: "seven" });
      const worker = await context.worker(
        queue,
        async (_job, _grant) => {
          runs++;
        },
        { client, key },
      );
      const job = await queue.add("pay", {}, { jobId: "seven", attempts: 3 });
      await eventually(async () => (await job.getState()) === "failed");
      expect(runs).toBe(0);
      expect((await queue.getJob("seven"))!.failedReason).toBe("job seven was cancelled: no reason was given");
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

    it("is withdrawn when it is disposed of, and not placed if its signal has aborted", async () => {
      const client = await context.client();
      const queue = context.newName();
      const requests = (): Promise<string[]> => client.getChildren(`/conclave/groups/bullmq-cancel%3A${queue}`);
      {
        await using _ = await requestCancellation(client, { queue, jobId: "seven" });
        expect(await requests()).toHaveLength(1);
      }
      expect(await requests()).toEqual([]);
      const signal = AbortSignal.abort(new Error("the operator changed her mind"));
      const refused = requestCancellation(client, { queue, jobId: "seven", signal });
      await expect(refused).rejects.toThrow("the operator changed her mind");
      expect(await requests()).toEqual([]);
    });

    it("ends the job's wait for its key", async () => {
      const queue = context.queue();
      const client = await context.client();
      const released = deferred<void>();
      await context.worker(queue, async (_job, _grant) => released.promise, {
        client,
        key: () => "one",
        whenBusy: "wait",
      });
      const holder = await queue.add("pay", {});
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 1);
      const waiting = await queue.add("pay", {});
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 2);
      await using _ = await requestCancellation(client, { queue: queue.name, jobId: waiting.id! });
      await eventually(async () => (await waiting.getState()) === "failed");
      await eventually(async () => (await client.getChildren("/conclave/locks/one")).length === 1);
      released.resolve();
      await eventually(async () => (await holder.getState()) === "completed");
    });
  });
});
