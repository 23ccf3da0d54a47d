/*
 * Events between the acquisition of a job's grants and the start of its processor. The guard removes its listener of the
 * closing signal exactly there, so these tests act when it does.
 */
import { Mutex, Semaphore } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { Worker } from "bullmq";
import { describe, expect, it } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";
import { type GuardedProcessor, guardProcessor } from "../index.js";

/** Returns a signal that calls `act` when the first listener is removed from it. */
function signalWithHook(act: () => void): AbortSignal {
  const { signal } = new AbortController();
  const remove = signal.removeEventListener.bind(signal);
  let hasActed = false;
  signal.removeEventListener = (...listener: Parameters<AbortSignal["removeEventListener"]>) => {
    remove(...listener);
    if (!hasActed) act();
    hasActed = true;
  };
  return signal;
}

describeOnEachEnsemble("a guarded job, before its processor starts", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);
    const key = (): string => "account-7";

    it("is delayed if its session expires", async () => {
      const { client, jumpPastSession } = await context.clientWithJumpingClock();
      const { session } = client;
      const queue = context.queue();
      const starts: boolean[] = [];
      let hasJumped = false;
      const closing = signalWithHook(() => {
        jumpPastSession();
        hasJumped = true;
      });
      const guarded = guardProcessor(async (_job, { signal }) => void starts.push(signal.aborted), {
        client,
        key,
        closing,
        delayMs: 40,
      });
      const worker = new Worker(queue.name, guarded, { connection: context.connection });
      context.closeAfter(worker, (opened) => opened.close());
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => hasJumped);
      await context.endSession(session);
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(starts).toEqual([false]);
      expect((await queue.getJob(job.id!))!.attemptsStarted).toBeGreaterThan(1);
    });

    it("fails without a start if it is cancelled, and releases its key", async () => {
      const client = await context.client();
      const queue = context.queue();
      let starts = 0;
      const closing = signalWithHook(() => worker.cancelJob("seven", "wrong account"));
      const guarded = guardProcessor(async (_job, _grant) => ++starts, { client, key, closing });
      const worker = new Worker(queue.name, guarded, { connection: context.connection });
      context.closeAfter(worker, (opened) => opened.close());
      const job = await queue.add("pay", {}, { jobId: "seven", attempts: 1 });
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(starts).toBe(0);
      expect((await queue.getJob("seven"))!.failedReason).toContain("wrong account");
      await eventually(async () => (await new Mutex(client, { name: key() }).contenders()).length === 0);
    });

    it("is delayed without a start if its worker is already closing", async () => {
      const client = await context.client();
      const queue = context.queue();
      let starts = 0;
      const closing = AbortSignal.abort();
      const guarded = guardProcessor(async (_job, _grant) => ++starts, { client, key, closing, delayMs: 3_600_000 });
      const worker = new Worker(queue.name, guarded, { connection: context.connection });
      context.closeAfter(worker, (opened) => opened.close());
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(async () => ["delayed", "completed"].includes(await job.getState()));
      expect([starts, await job.getState()]).toEqual([0, "delayed"]);
    });

    it("holds no permit while it waits for its key", async () => {
      const client = await context.client();
      const queue = context.queue();
      const limit = { name: "bank", permits: 1 };
      const mutex = new Mutex(client, { name: key() });
      const held = await mutex.acquire();
      await context.worker(queue, async (_job, _grant) => {}, { client, key, limit, whenBusy: "wait" });
      const job = await queue.add("pay", {});
      await eventually(async () => (await mutex.contenders()).length === 2);
      const permit = await new Semaphore(client, limit).tryAcquire();
      expect(permit).toBeDefined();
      await permit?.release();
      await held.release();
      await eventually(async () => await job.isCompleted());
    });

    it.each(["locks/account-7", "semaphores/bank/leases"])(
      "has the fencing token of its key, and guards transactions by its znode in %s",
      async (folder) => {
        const client = await context.client();
        const queue = context.queue();
        const mutex = new Mutex(client, { name: key() });
        const codes: unknown[] = [];
        const tokens: (bigint | undefined)[] = [];
        const processor: GuardedProcessor = async (_job, grant) => {
          tokens.push(grant.fencingToken, (await mutex.contenders())[0]?.fencingToken);
          const path = `/conclave/${folder}`;
          const [znode] = await client.getChildren(path);
          await grant.guard(client.transaction()).create("/paid").commit();
          await client.delete(`${path}/${znode}`);
          const again = grant.guard(client.transaction()).create("/paid-again").commit();
          codes.push(await again.catch((error) => error.code));
        };
        await context.worker(queue, processor, { client, key, limit: { name: "bank", permits: 2 } });
        const job = await queue.add("pay", {}, { attempts: 1 });
        await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
        expect(codes).toEqual(["NO_NODE"]);
        expect(tokens[0]).toBe(tokens[1]);
        expect(await client.exists("/paid-again")).toBeNull();
        await client.delete("/paid");
      },
    );
  });
});
