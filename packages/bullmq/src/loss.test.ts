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
import { gate } from "../stage/gate.js";
import { QueueStage } from "../stage/queue-stage.js";
import { type GuardedProcessor, guard, type JobGrant } from "./index.js";

const key = (): string => "account-7";
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });

/** Waits in its first run until it is told to stop, and ends then as `end` says. */
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

/** Each instruction that a processor can give to BullMQ by an error, and the state in which it leaves the job. */
const instructions: Readonly<
  Record<string, { readonly state: string; readonly give: (job: Job, token: string, queue: Queue) => Promise<Error> }>
> = {
  UnrecoverableError: { state: "failed", give: async () => new UnrecoverableError("no such account") },
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

describeOnEachEnsemble("a guarded job whose grant is lost", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);

    it("hears it by its signal, is put back, and runs again under a larger token, at no cost of attempts", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const queue = stage.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await stage.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => grants.length === 1);
      proxy.cut();
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual([expect.objectContaining({ code: "SUSPENDED" })]);
      expect(grants[1]!.fencingToken > grants[0]!.fencingToken).toBe(true);
      expect(await queue.getJob(job.id!)).toMatchObject({ attemptsMade: 1, returnvalue: "second run" });
    });

    it("keeps the result of a run that returned in spite of the loss", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const queue = stage.queue();
      const { processor, grants } = firstRunWaits(() => "paid");
      await stage.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 3 });
      await eventually(() => grants.length === 1);
      proxy.cut();
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(grants).toHaveLength(1);
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "paid" });
    });

    for (const [name, { state, give }] of Object.entries(instructions)) {
      it(`leaves to BullMQ the job whose processor throws ${name}`, async () => {
        const client = await stage.client();
        const queue = stage.queue();
        let thrown: Error | undefined;
        const guarded = guard(
          async (job, grant, token) => {
            const [holder] = await new Mutex(client, { name: key() }).contenders();
            await client.delete(holder!.path);
            await aborted(grant.signal);
            thrown = await give(job, token, queue);
            throw thrown;
          },
          { client, key },
        );
        const end = gate<unknown>();
        const processor = async (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> => {
          // Paused, it does not start the job a second time.
          await worker.pause(true);
          const run = guarded(job, token, signal);
          run.catch(end.open);
          return run;
        };
        const worker = new Worker(queue.name, processor, { connection: stage.connection });
        stage.closeAfter(worker, (opened) => opened.close());
        const job = await queue.add("pay", {}, { attempts: 3 });
        expect(await end.opened).toBe(thrown);
        await eventually(async () => (await queue.getActiveCount()) === 0);
        expect(await job.getState()).toBe(state);
      });
    }

    it("has its worker paused while the session is suspended", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const queue = stage.queue();
      const { processor, grants } = firstRunWaits(rethrow);
      const worker = await stage.worker(queue, processor, { client, key });
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

    it("goes on over a short loss with `keep`, and is told of the end of the session", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const queue = stage.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await stage.worker(queue, processor, { client, key, onSuspended: "keep" });
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
      await stage.endSession(client.session);
      proxy.accept();
      await eventually(() => isAbortedAtExpiry.length === 1);
      expect(isAbortedAtExpiry).toEqual([true]);
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toHaveLength(1);
    });

    it("is put back before it starts where there is no connection, whatever the policy", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      for (const busy of ["delay", "wait", "skip"] as const) {
        const queue = stage.queue();
        const guarded = guard(async (_job, _grant) => "paid", { client, key, busy, delayMs: 40 });
        proxy.refuse();
        proxy.cut();
        await eventually(() => client.state !== "connected");
        const worker = new Worker(queue.name, guarded, { connection: stage.connection });
        stage.closeAfter(worker, (opened) => opened.close());
        const job = await queue.add("pay", {}, { attempts: 1 });
        await eventually(async () => (await queue.getJob(job.id!))!.attemptsStarted > 1);
        proxy.accept();
        await eventually(async () => (await job.getState()) === "completed");
        expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "paid" });
      }
    });

    it("has its signal aborted when BullMQ's own lock is lost, and runs again once that is noticed", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await stage.worker(queue, processor, { client, key, lockRenewTime: 100, maxStalledCount: 9 });
      const job = await queue.add("pay", {});
      await eventually(() => grants.length === 1);
      await (await queue.backend.connection.client).del(queue.toKey(`${job.id}:lock`));
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual(["lock-renewal-failed"]);
      expect(grants).toHaveLength(2);
    });

    it("is put back, too, where what it writes to tells it first, as after its process stood still", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const other = await stage.client();
      const queue = stage.queue();
      const known: boolean[] = [];
      const processor: GuardedProcessor = async (_job, { signal }) => {
        if (known.length > 0) return "second run";
        // Other's server may be behind.
        await other.sync("/");
        const [holder] = await new Mutex(other, { name: key() }).contenders();
        proxy.freeze();
        await other.delete(holder!.path);
        known.push(signal.aborted);
        setImmediate(() => proxy.thaw());
        throw new Error("the ledger has seen a newer token");
      };
      await stage.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "second run", attemptsMade: 1 });
      expect(known).toEqual([false]);
    });

    it("is put back in order, however long the ensemble takes to have the key back", async () => {
      const { zk: client, proxy } = await stage.shakyClient();
      const queue = stage.queue();
      const { processor, grants, reasons } = firstRunWaits(rethrow);
      await stage.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => grants.length === 1);
      proxy.delay(150);
      const other = await stage.client();
      await other.sync("/");
      const [holder] = await new Mutex(other, { name: key() }).contenders();
      await other.delete(holder!.path);
      await eventually(async () => (await job.getState()) === "completed");
      expect(reasons).toEqual([expect.objectContaining({ code: "GONE" })]);
    });

    it("is put back where it waits for its key and its worker closes", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      await using _ = await new Mutex(client, { name: key() }).acquire();
      const worker = await stage.worker(queue, async (_job, _grant) => "paid", { client, key, busy: "wait" });
      const job = await queue.add("pay", {});
      await eventually(async () => (await new Mutex(client, { name: key() }).contenders()).length === 2);
      await worker.close();
      expect(await job.getState()).toBe("delayed");
    });

    it("ends with its processor, for whatever that left running, however it ended", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const left: Promise<unknown>[] = [];
      const processor: GuardedProcessor = async ({ data }, { signal }) => {
        expect(signal.aborted).toBe(false);
        // The first callback after the processor has settled.
        left.push(new Promise((resolve) => setImmediate(() => resolve(signal.reason?.code))));
        if (data === "fails") throw new Error("the bank is closed");
      };
      await stage.worker(queue, processor, { client, key });
      for (const data of ["ends", "fails"]) await queue.add("pay", data);
      await eventually(async () => (await queue.getJobCountByTypes("completed", "failed")) === 2);
      expect(await Promise.all(left)).toEqual(["RELEASED", "RELEASED"]);
    });

    it("leaves failures of the work to BullMQ", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      let runs = 0;
      const processor: GuardedProcessor = async (_job, _grant) => {
        runs++;
        throw new Error("the bank is closed");
      };
      await stage.worker(queue, processor, { client, key });
      const job = await queue.add("pay", {}, { attempts: 2 });
      await eventually(async () => (await job.getState()) === "failed");
      expect(runs).toBe(2);
      expect(await queue.getJob(job.id!)).toMatchObject({ failedReason: "the bank is closed", attemptsMade: 2 });
    });
  });
});
