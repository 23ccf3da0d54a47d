import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import {
  DelayedError,
  type Job,
  type Queue,
  RateLimitError,
  UnrecoverableError,
  WaitingChildrenError,
  WaitingError,
  Worker,
} from "bullmq";
import { describe, expect, it } from "vitest";
import { deferred, QueueTestContext } from "../../test-context/test-context.js";
import { type GuardedProcessor, guardProcessor, type JobGrant } from "../index.js";

const key = (): string => "account-7";
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });

/** Returns a processor that waits in its first run until its signal aborts, and then ends with the result of `end`. */
function firstRunWaits(end: (reason: unknown) => unknown): {
  processor: GuardedProcessor;
  grants: JobGrant[];
  reasons: unknown[];
} {
  const grants: JobGrant[] = [];
  const reasons: unknown[] = [];
  const processor: GuardedProcessor = async (_job, grant) => {
    grants.push(grant);
    if (grants.length > 1) return "second run";
    const reason = await aborted(grant.signal);
    reasons.push(reason);
    return end(reason);
  };
  return { processor, grants, reasons };
}

class NoSuchAccountError extends UnrecoverableError {}

/** Errors by which a processor instructs BullMQ, and the state of the job after each. */
const instructions: Readonly<
  Record<string, { readonly state: string; readonly give: (job: Job, token: string, queue: Queue) => Promise<Error> }>
> = {
  UnrecoverableError: { state: "failed", give: async () => new UnrecoverableError("no such account") },
  "a subclass of UnrecoverableError": {
    state: "failed",
    give: async () => Object.assign(new NoSuchAccountError("no such account"), { name: "NoSuchAccountError" }),
  },
  DelayedError: {
    state: "delayed",
    give: async (job, token) => {
      await job.moveToDelayed(Date.now() + 3_600_000, token);
      return new DelayedError();
    },
  },
  WaitingError: {
    state: "waiting",
    give: async (job, token) => {
      await job.moveToWait(token);
      return new WaitingError();
    },
  },
  WaitingChildrenError: {
    state: "waiting-children",
    give: async (job, token, queue) => {
      await queue.add("child", {}, { parent: { id: job.id!, queue: job.queueQualifiedName }, delay: 3_600_000 });
      expect(await job.moveToWaitingChildren(token)).toBe(true);
      return new WaitingChildrenError();
    },
  },
  RateLimitError: {
    state: "waiting",
    give: async (_job, _token, queue) => {
      await queue.rateLimit(3_600_000);
      return new RateLimitError();
    },
  },
  "an error of another copy of BullMQ": {
    state: "failed",
    give: async () => Object.assign(new Error("no such account"), { name: "UnrecoverableError" }),
  },
};

const rethrow = (reason: unknown): never => {
  throw reason;
};

describeOnEachEnsemble("a guarded job", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("aborts its signal when its grant is lost, is delayed, and runs again under a larger token, at no cost of attempts", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => grants.length === 1);
      proxy.cut();
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual([expect.objectContaining({ code: "SUSPENDED" })]);
      expect(grants[1]!.fencingToken > grants[0]!.fencingToken).toBe(true);
      expect(await queue.getJob(job.id!)).toMatchObject({ attemptsMade: 1, returnvalue: "second run" });
    });

    it("completes with the result of a processor that returns after its grant was lost", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const { processor, grants } = firstRunWaits(() => "paid");
      await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 3 });
      await eventually(() => grants.length === 1);
      proxy.cut();
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(grants).toHaveLength(1);
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "paid" });
    });

    for (const [name, { state, give }] of Object.entries(instructions)) {
      it(`whose grant is lost passes ${name} of its processor on to BullMQ`, async () => {
        const client = await context.client();
        const queue = context.queue();
        let thrown: Error | undefined;
        const guarded = guardProcessor(
          async (job, grant, token) => {
            const [holder] = await new Mutex(client, { name: key() }).contenders();
            await client.delete(holder!.path);
            await aborted(grant.signal);
            thrown = await give(job, token, queue);
            throw thrown;
          },
          { client, key },
        );
        const end = deferred<unknown>();
        const processor = async (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> => {
          // A paused worker does not start the job a second time.
          await worker.pause(true);
          const run = guarded(job, token, signal);
          run.catch(end.resolve);
          return run;
        };
        const worker = new Worker(queue.name, processor, { connection: context.connection });
        context.closeAfter(worker, (opened) => opened.close());
        const job = await queue.add("pay", {}, { attempts: 3 });
        expect(await end.promise).toBe(thrown);
        await eventually(async () => (await queue.getActiveCount()) === 0);
        expect(await job.getState()).toBe(state);
      });
    }

    it("pauses its worker while the session is suspended", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const { processor, grants } = firstRunWaits(rethrow);
      const worker = await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {});
      await eventually(() => grants.length === 1);
      proxy.refuse();
      proxy.cut();
      await eventually(() => worker.isPaused());
      await eventually(async () => (await job.getState()) === "delayed");
      proxy.accept();
      await eventually(() => !worker.isPaused());
      await eventually(async () => (await job.getState()) === "completed");
    });

    it("keeps running through a short disconnection with `keep`, and aborts when the session expires", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await context.worker(queue, processor, { client, key, onSuspended: "keep" });
      const job = await queue.add("pay", {});
      await eventually(() => grants.length === 1);
      const states: string[] = [];
      client.on("state", ({ state }) => states.push(state));
      proxy.cut();
      await eventually(() => states.includes("connected"));
      expect(grants[0]!.signal.aborted).toBe(false);
      const isAbortedAtExpiry: boolean[] = [];
      client.on("state", ({ state }) => {
        if (state === "expired") isAbortedAtExpiry.push(grants[0]!.signal.aborted);
      });
      proxy.refuse();
      proxy.cut();
      await eventually(() => client.state === "suspended");
      await context.endSession(client.session);
      proxy.accept();
      await eventually(() => isAbortedAtExpiry.length === 1);
      expect(isAbortedAtExpiry).toEqual([true]);
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual([expect.objectContaining({ code: "EXPIRED" })]);
    });

    it("is delayed before it starts if there is no connection, with each policy", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      for (const whenBusy of ["delay", "wait", "skip"] as const) {
        const queue = context.queue();
        const guarded = guardProcessor(async (_job, _grant) => "paid", { client, key, whenBusy, delayMs: 40 });
        proxy.refuse();
        proxy.cut();
        await eventually(() => client.state !== "connected");
        const worker = new Worker(queue.name, guarded, { connection: context.connection });
        context.closeAfter(worker, (opened) => opened.close());
        const job = await queue.add("pay", {}, { attempts: 1 });
        await eventually(async () => (await queue.getJob(job.id!))!.attemptsStarted > 1);
        proxy.accept();
        await eventually(async () => (await job.getState()) === "completed");
        expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "paid" });
      }
    });

    it("aborts its signal when BullMQ's own lock is lost, and runs again as a stalled job", async () => {
      const client = await context.client();
      const queue = context.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await context.worker(queue, processor, { client, key, lockRenewTime: 100, maxStalledCount: 9 });
      const job = await queue.add("pay", {});
      await eventually(() => grants.length === 1);
      await (await queue.backend.connection.client).del(queue.toKey(`${job.id}:lock`));
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual(["lock-renewal-failed"]);
      expect(grants).toHaveLength(2);
    });

    it("is delayed if the storage rejects its token before the client has learned that its grant is lost", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const other = await context.client();
      const queue = context.queue();
      const known: boolean[] = [];
      const processor: GuardedProcessor = async (_job, { signal }) => {
        if (known.length > 0) return "second run";
        // The server of this client may lag behind its leader.
        await other.sync("/");
        const [holder] = await new Mutex(other, { name: key() }).contenders();
        proxy.freeze();
        await other.delete(holder!.path);
        known.push(signal.aborted);
        setImmediate(() => proxy.thaw());
        throw new Error("stale fencing token");
      };
      await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "second run", attemptsMade: 1 });
      expect(known).toEqual([false]);
    });

    it("fails with the error of its processor if the connection breaks before the ensemble has confirmed its grant", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const lost: Promise<void>[] = [];
      const processor: GuardedProcessor = async (_job, _grant) => {
        lost.push(proxy.loseRequest("sync"));
        throw new Error("the bank is closed");
      };
      await context.worker(queue, processor, { client, key, onSuspended: "keep" });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(async () => (await job.getState()) === "failed");
      await Promise.all(lost);
      expect(lost).toHaveLength(1);
      expect(await queue.getJob(job.id!)).toMatchObject({ failedReason: "the bank is closed", attemptsMade: 1 });
    });

    it("is delayed when its grant is lost, also if the ensemble answers slowly", async () => {
      const { zk: client, proxy } = await context.proxiedClient();
      const queue = context.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => grants.length === 1);
      proxy.delay(150);
      const other = await context.client();
      await other.sync("/");
      const [holder] = await new Mutex(other, { name: key() }).contenders();
      await other.delete(holder!.path);
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual([expect.objectContaining({ code: "GONE" })]);
    });

    it("is delayed if its worker closes while it waits for its key", async () => {
      const client = await context.client();
      const queue = context.queue();
      await using _ = await new Mutex(client, { name: key() }).acquire();
      const worker = await context.worker(queue, async (_job, _grant) => "paid", { client, key, whenBusy: "wait" });
      const job = await queue.add("pay", {});
      await eventually(async () => (await new Mutex(client, { name: key() }).contenders()).length === 2);
      await worker.close();
      expect(await job.getState()).toBe("delayed");
    });

    it("aborts its signal when its processor has returned or thrown", async () => {
      const client = await context.client();
      const queue = context.queue();
      const reasons: Promise<unknown>[] = [];
      const processor: GuardedProcessor = async ({ data }, { signal }) => {
        expect(signal.aborted).toBe(false);
        // The first callback after the processor has settled.
        reasons.push(new Promise((resolve) => setImmediate(() => resolve(signal.reason?.code))));
        if (data === "fails") throw new Error("the bank is closed");
      };
      await context.worker(queue, processor, { client, key });
      for (const data of ["ends", "fails"]) await queue.add("pay", data);
      await eventually(async () => (await queue.getJobCountByTypes("completed", "failed")) === 2);
      expect(await Promise.all(reasons)).toEqual(["RELEASED", "RELEASED"]);
    });

    it("counts as a failed attempt if the processor throws while the grant is valid", async () => {
      const client = await context.client();
      const queue = context.queue();
      let runs = 0;
      const processor: GuardedProcessor = async (_job, _grant) => {
        runs++;
        throw new Error("the bank is closed");
      };
      await context.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 2 });
      await eventually(async () => (await job.getState()) === "failed");
      expect(runs).toBe(2);
      expect(await queue.getJob(job.id!)).toMatchObject({ failedReason: "the bank is closed", attemptsMade: 2 });
    });
  });
});
