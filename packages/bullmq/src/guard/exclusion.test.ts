import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { FlowProducer } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { deferred, QueueTestContext } from "../../test-context/test-context.js";
import type { GuardedProcessor } from "../index.js";

interface Account {
  readonly account: string;
}

/** Remaining time of a lock that a test shortens: below BullMQ's 30 s, and long enough for a busy machine. */
const SHORTENED_LOCK_MS = 15_000;

const key = ({ data }: { data: Account }): string => `account-${data.account}`;

/** Processor that records the tokens of its runs and how many ran at the same time. */
class RunRecorder {
  readonly #inside = new Map<string, number>();
  readonly tokens = new Map<string, bigint[]>();
  /** Largest number of simultaneous runs for one account. */
  most = 0;
  /** Number of runs now, and its largest value. */
  running = 0;
  mostRunning = 0;

  readonly processor: GuardedProcessor<Account> = async ({ data: { account } }, { fencingToken }) => {
    const now = (this.#inside.get(account) ?? 0) + 1;
    this.#inside.set(account, now);
    this.tokens.set(account, [...(this.tokens.get(account) ?? []), fencingToken]);
    this.most = Math.max(this.most, now);
    await new Promise((resolve) => setImmediate(resolve));
    this.#inside.set(account, this.#inside.get(account)! - 1);
  };

  get count(): number {
    return [...this.tokens.values()].flat().length;
  }
}

describeOnEachEnsemble("guarded jobs", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("of one key can form a flow: the parent starts after its children", async () => {
      const queue = context.queue();
      const ran: string[] = [];
      const processor: GuardedProcessor<Account> = async ({ name }, _grant) => void ran.push(name);
      await context.worker(queue, processor, { client: await context.client(), key, whenBusy: "wait" });
      const flows = new FlowProducer({ connection: context.connection });
      const of = { queueName: queue.name, data: { account: "7" } };
      const children = ["child", "child"].map((name) => ({ name, ...of }));
      await flows.add({ name: "parent", ...of, children });
      await eventually(() => ran.length === 3);
      expect(ran).toEqual(["child", "child", "parent"]);
      await flows.close();
    });

    it("keep BullMQ's lock while they wait for their key, and run once", async () => {
      const queue = context.queue();
      const client = await context.client();
      const recorder = new RunRecorder();
      const grant = await new Mutex(client, { name: "account-7" }).acquire();
      const stalled: string[] = [];
      for (let worker = 0; worker < 2; worker++) {
        const options = { client, key, whenBusy: "wait", lockRenewTime: 100 } as const;
        const started = await context.worker(queue, recorder.processor, options);
        started.on("stalled", (id) => stalled.push(id));
      }
      const jobs = await queue.addBulk(Array.from({ length: 4 }, () => ({ name: "pay", data: { account: "7" } })));
      await eventually(async () => (await queue.getActiveCount()) === 4);
      const redis = context.closeAfter(new Redis(context.redis.url), (opened) => opened.quit());
      for (const { id } of jobs) {
        const lock = queue.toKey(`${id}:lock`);
        await redis.pexpire(lock, SHORTENED_LOCK_MS);
        await eventually(async () => (await redis.pttl(lock)) > SHORTENED_LOCK_MS, { what: "the lock's renewal" });
      }
      expect(recorder.count).toBe(0);
      await grant.release();
      await eventually(async () => (await queue.getCompletedCount()) === 4);
      expect([recorder.count, recorder.most, stalled]).toEqual([4, 1, []]);
    });

    it("exclude each other by key, across queues and sessions, under increasing tokens", async () => {
      const recorder = new RunRecorder();
      const queues = [context.queue(), context.queue()];
      for (const queue of queues) {
        await context.worker(queue, recorder.processor, { client: await context.client(), key });
        await queue.addBulk(Array.from({ length: 30 }, (_, i) => ({ name: "pay", data: { account: `${i % 3}` } })));
      }
      await eventually(() => recorder.count === 60);
      expect(recorder.most).toBe(1);
      for (const tokens of recorder.tokens.values()) {
        expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
        expect(new Set(tokens).size).toBe(20);
      }
    });

    it("are delayed while their key is held, at no cost of attempts, and hold up no other job", async () => {
      const client = await context.client();
      const queue = context.queue();
      const done: string[] = [];
      const [started, released] = [deferred<void>(), deferred<void>()];
      const options = { client, key, concurrency: 2 };
      const worker = await context.worker<Account & { first?: boolean }>(
        queue,
        async ({ data, id }, _grant) => {
          started.resolve();
          if (data.first) await released.promise;
          done.push(id!);
        },
        options,
      );
      const add = (jobId: string, account: string, first = false) =>
        queue.add("pay", { account, first }, { jobId, attempts: 1 });
      await add("first", "7", true);
      await started.promise;
      await add("second", "7");
      await eventually(async () => (await queue.getJob("second"))!.attemptsStarted > 2);
      await add("third", "8");
      await eventually(() => done.includes("third"));
      expect(done).toEqual(["third"]);
      released.resolve();
      await eventually(async () => (await queue.getCompletedCount()) === 3);
      expect(done).toEqual(["third", "first", "second"]);
      expect((await queue.getJob("second"))!.attemptsMade).toBe(1);
      expect(worker.isRunning()).toBe(true);
    });

    it("wait for any other holder of the lock, which sees the ids of the waiting jobs", async () => {
      const client = await context.client();
      const queue = context.queue();
      const lock = new Mutex(await context.client(), { name: "account-7", id: "a cron job" });
      const grant = await lock.acquire();
      await context.worker(queue, async (_job, _grant) => {}, { client, key, whenBusy: "wait" });
      const job = await queue.add("pay", { account: "7" });
      const contenders = await eventually(() => lock.contenders(), { until: ({ length }) => length === 2 });
      expect(contenders.map(({ id }) => id)).toEqual(["a cron job", `${queue.name}/${job.id}`]);
      expect(await job.getState()).toBe("active");
      await grant.release();
      await eventually(async () => (await job.getState()) === "completed");
    });

    it("wait in order of arrival with `wait`, and are delayed after `waitTimeoutMs`", async () => {
      const client = await context.client();
      const queue = context.queue();
      const done: string[] = [];
      const released = deferred<void>();
      const processor: GuardedProcessor<Account> = async ({ id }, _grant) => {
        if (id === "first") await released.promise;
        done.push(id!);
      };
      await context.worker(queue, processor, { client, key, whenBusy: "wait" });
      for (const [index, jobId] of ["first", "second", "third"].entries()) {
        await queue.add("pay", { account: "7" }, { jobId });
        await eventually(async () => (await client.getChildren("/conclave/locks/account-7")).length === index + 1);
      }
      const impatient = context.queue();
      const waitTimeoutMs = 1;
      await context.worker(impatient, processor, { client, key, whenBusy: "wait", waitTimeoutMs, delayMs: 60_000 });
      await impatient.add("pay", { account: "7" }, { jobId: "impatient" });
      await eventually(async () => (await impatient.getDelayedCount()) === 1);
      released.resolve();
      await eventually(() => done.length === 3);
      expect(done).toEqual(["first", "second", "third"]);
    });

    it("fail with an explanation if the key option returns no string, or an empty one", async () => {
      const queue = context.queue();
      const none = ({ data }: { data: Partial<Account> }): string => data.account as string;
      await context.worker(queue, async (_job, _grant) => {}, { client: await context.client(), key: none });
      const jobs = [await queue.add("pay", {}), await queue.add("pay", { account: "" })];
      await eventually(async () => (await queue.getFailedCount()) === 2);
      const reasons = await Promise.all(jobs.map(async ({ id }) => (await queue.getJob(id!))!.failedReason));
      const explained = (id: number, value: string): string =>
        `the key of job ${id} in queue ${queue.name} is ${value}: the key option must return a string that is not empty`;
      expect(reasons).toEqual([explained(1, "undefined"), explained(2, '""')]);
    });

    it("complete without a result and without running, with `skip`", async () => {
      const client = await context.client();
      const queue = context.queue();
      const events = await context.events(queue);
      const released = deferred<string>();
      await context.worker(queue, async (_job, _grant) => released.promise, { client, key, whenBusy: "skip" });
      const first = await queue.add("pay", { account: "7" });
      await eventually(async () => (await first.getState()) === "active");
      await eventually(async () => (await client.getChildren("/conclave/locks/account-7")).length === 1);
      const second = await queue.add("pay", { account: "7" });
      expect(await second.waitUntilFinished(events)).toBe(null);
      released.resolve("paid");
      expect(await first.waitUntilFinished(events)).toBe("paid");
    });

    it("never exceed a limit, across keys and queues", async () => {
      const recorder = new RunRecorder();
      const full = deferred<void>();
      const processor: GuardedProcessor<Account> = async (job, grant, token) => {
        recorder.running++;
        recorder.mostRunning = Math.max(recorder.mostRunning, recorder.running);
        if (recorder.running === 2) full.resolve();
        await full.promise;
        await recorder.processor(job, grant, token);
        recorder.running--;
      };
      const queues = [context.queue(), context.queue()];
      for (const queue of queues) {
        const limit = { name: "bank", permits: 2 };
        await context.worker(queue, processor, { client: await context.client(), key, limit });
        await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: "pay", data: { account: `${i % 5}` } })));
      }
      await eventually(() => recorder.count === 40);
      expect(recorder).toMatchObject({ most: 1, mostRunning: 2 });
    });

    it("are delayed beyond the limit, while as many run as it permits", async () => {
      const queue = context.queue();
      const released = deferred<void>();
      let running = 0;
      const limit = { name: "two", permits: 2 };
      const processor: GuardedProcessor = async (_job, _grant) => {
        running++;
        await released.promise;
      };
      await context.worker(queue, processor, { client: await context.client(), limit, delayMs: 3_600_000 });
      await queue.addBulk(Array.from({ length: 3 }, () => ({ name: "pay", data: {} })));
      await eventually(async () => running + (await queue.getDelayedCount()) === 3);
      const [mostRunning, delayed] = [running, await queue.getDelayedCount()];
      released.resolve();
      expect([mostRunning, delayed]).toEqual([2, 1]);
    });

    it.each(["delay", "skip"] as const)(
      "start once each while the limit is not reached, in one worker with concurrency 5: %s",
      async (whenBusy) => {
        const queue = context.queue();
        const recorder = new RunRecorder();
        const limit = { name: "wide", permits: 10 };
        const client = await context.client();
        await context.worker(queue, recorder.processor, {
          client,
          limit,
          whenBusy,
          concurrency: 5,
          delayMs: 3_600_000,
        });
        const data = Array.from({ length: 40 }, (_, i) => ({ name: "pay", data: { account: `${i}` } }));
        const jobs = await queue.addBulk(data);
        await eventually(async () => (await queue.getJobCountByTypes("completed", "delayed")) === 40);
        expect(recorder.count).toBe(40);
        const started = await Promise.all(jobs.map(async ({ id }) => (await queue.getJob(id!))!.attemptsStarted));
        expect(started).toEqual(jobs.map(() => 1));
      },
    );

    it("need no key if they have a limit", async () => {
      const recorder = new RunRecorder();
      const queue = context.queue();
      const limit = ({ data }: { data: Account }) => ({ name: `branch-${data.account}`, permits: 1 });
      await context.worker(queue, recorder.processor, { client: await context.client(), limit });
      await queue.addBulk(Array.from({ length: 12 }, (_, i) => ({ name: "pay", data: { account: `${i % 2}` } })));
      await eventually(() => recorder.count === 12);
      expect(recorder.most).toBe(1);
    });
  });
});
