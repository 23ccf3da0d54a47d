import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { FlowProducer } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { gate } from "../stage/gate.js";
import { QueueStage } from "../stage/queue-stage.js";
import type { GuardedProcessor } from "./index.js";

interface Account {
  readonly account: string;
}

/** Remaining time of a lock that a test shortens: below BullMQ's 30 s, and long enough for a busy machine. */
const SHORTENED_LOCK_MS = 15_000;

const key = ({ data }: { data: Account }): string => `account-${data.account}`;

/** Who is inside, and what was seen. */
class Record {
  readonly #inside = new Map<string, number>();
  readonly tokens = new Map<string, bigint[]>();
  /** For one account, and for all together. */
  most = 0;
  together = 0;
  mostTogether = 0;

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
    const stage = new QueueStage(ensemble);

    it("of one key can be a flow: the parent starts when its children are done", async () => {
      const queue = stage.queue();
      const ran: string[] = [];
      const processor: GuardedProcessor<Account> = async ({ name }, _grant) => void ran.push(name);
      await stage.worker(queue, processor, { client: await stage.client(), key, busy: "wait" });
      const flows = new FlowProducer({ connection: stage.connection });
      const of = { queueName: queue.name, data: { account: "7" } };
      const children = ["child", "child"].map((name) => ({ name, ...of }));
      await flows.add({ name: "parent", ...of, children });
      await eventually(() => ran.length === 3);
      expect(ran).toEqual(["child", "child", "parent"]);
      await flows.close();
    });

    it("keep BullMQ's lock while they wait for their key, and run once", async () => {
      const queue = stage.queue();
      const client = await stage.client();
      const record = new Record();
      const grant = await new Mutex(client, { name: "account-7" }).acquire();
      const stalled: string[] = [];
      for (let worker = 0; worker < 2; worker++) {
        const options = { client, key, busy: "wait", lockRenewTime: 100 } as const;
        const started = await stage.worker(queue, record.processor, options);
        started.on("stalled", (id) => stalled.push(id));
      }
      const jobs = await queue.addBulk(Array.from({ length: 4 }, () => ({ name: "pay", data: { account: "7" } })));
      await eventually(async () => (await queue.getActiveCount()) === 4);
      const redis = stage.closeAfter(new Redis(stage.redis.url), (opened) => opened.quit());
      for (const { id } of jobs) {
        const lock = queue.toKey(`${id}:lock`);
        await redis.pexpire(lock, SHORTENED_LOCK_MS);
        await eventually(async () => (await redis.pttl(lock)) > SHORTENED_LOCK_MS, { what: "the lock's renewal" });
      }
      expect(record.count).toBe(0);
      await grant.release();
      await eventually(async () => (await queue.getCompletedCount()) === 4);
      expect([record.count, record.most, stalled]).toEqual([4, 1, []]);
    });

    it("exclude each other by key, across queues and sessions, under tokens that grow", async () => {
      const record = new Record();
      const queues = [stage.queue(), stage.queue()];
      for (const queue of queues) {
        await stage.worker(queue, record.processor, { client: await stage.client(), key });
        await queue.addBulk(Array.from({ length: 30 }, (_, i) => ({ name: "pay", data: { account: `${i % 3}` } })));
      }
      await eventually(() => record.count === 60);
      expect(record.most).toBe(1);
      for (const tokens of record.tokens.values()) {
        expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
        expect(new Set(tokens).size).toBe(20);
      }
    });

    it("are put back where the key is held, at no cost of attempts, and keep nobody waiting", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const done: string[] = [];
      const [begun, free] = [gate<void>(), gate<void>()];
      const options = { client, key, concurrency: 2 };
      const worker = await stage.worker<Account & { first?: boolean }>(
        queue,
        async ({ data, id }, _grant) => {
          begun.open();
          if (data.first) await free.opened;
          done.push(id!);
        },
        options,
      );
      const add = (jobId: string, account: string, first = false) =>
        queue.add("pay", { account, first }, { jobId, attempts: 1 });
      await add("first", "7", true);
      await begun.opened;
      await add("second", "7");
      await eventually(async () => (await queue.getJob("second"))!.attemptsStarted > 2);
      await add("third", "8");
      await eventually(() => done.includes("third"));
      expect(done).toEqual(["third"]);
      free.open();
      await eventually(async () => (await queue.getCompletedCount()) === 3);
      expect(done).toEqual(["third", "first", "second"]);
      expect((await queue.getJob("second"))!.attemptsMade).toBe(1);
      expect(worker.isRunning()).toBe(true);
    });

    it("wait for whoever else holds the lock, who sees which job asks for it", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const lock = new Mutex(await stage.client(), { name: "account-7", id: "a cron job" });
      const grant = await lock.acquire();
      await stage.worker(queue, async (_job, _grant) => {}, { client, key, busy: "wait" });
      const job = await queue.add("pay", { account: "7" });
      const line = await eventually(() => lock.contenders(), { until: ({ length }) => length === 2 });
      expect(line.map(({ id }) => id)).toEqual(["a cron job", `${queue.name}/${job.id}`]);
      expect(await job.getState()).toBe("active");
      await grant.release();
      await eventually(async () => (await job.getState()) === "completed");
    });

    it("stand in line with `wait`, in the order of asking, and are put back when that takes too long", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const done: string[] = [];
      const free = gate<void>();
      const processor: GuardedProcessor<Account> = async ({ id }, _grant) => {
        if (id === "first") await free.opened;
        done.push(id!);
      };
      await stage.worker(queue, processor, { client, key, busy: "wait" });
      for (const [index, jobId] of ["first", "second", "third"].entries()) {
        await queue.add("pay", { account: "7" }, { jobId });
        await eventually(async () => (await client.getChildren("/conclave/locks/account-7")).length === index + 1);
      }
      const hasty = stage.queue();
      const waitTimeoutMs = 1;
      await stage.worker(hasty, processor, { client, key, busy: "wait", waitTimeoutMs, delayMs: 60_000 });
      await hasty.add("pay", { account: "7" }, { jobId: "hasty" });
      await eventually(async () => (await hasty.getDelayedCount()) === 1);
      free.open();
      await eventually(() => done.length === 3);
      expect(done).toEqual(["first", "second", "third"]);
    });

    it("fail where they have no key, and say so", async () => {
      const queue = stage.queue();
      const none = ({ data }: { data: Partial<Account> }): string => data.account as string;
      await stage.worker(queue, async (_job, _grant) => {}, { client: await stage.client(), key: none });
      const job = await queue.add("pay", {});
      await eventually(async () => (await job.getState()) === "failed");
      expect((await queue.getJob(job.id!))!.failedReason).toMatch(
        /^the key of job 1 is undefined: it has to be a string/,
      );
    });

    it("complete with nothing, without running, with `skip`", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const events = await stage.events(queue);
      const free = gate<string>();
      await stage.worker(queue, async (_job, _grant) => free.opened, { client, key, busy: "skip" });
      const first = await queue.add("pay", { account: "7" });
      await eventually(async () => (await first.getState()) === "active");
      await eventually(async () => (await client.getChildren("/conclave/locks/account-7")).length === 1);
      const second = await queue.add("pay", { account: "7" });
      expect(await second.waitUntilFinished(events)).toBe(null);
      free.open("paid");
      expect(await first.waitUntilFinished(events)).toBe("paid");
    });

    it("respect a limit, across keys and queues", async () => {
      const record = new Record();
      const full = gate<void>();
      const processor: GuardedProcessor<Account> = async (job, grant, token) => {
        record.together++;
        record.mostTogether = Math.max(record.mostTogether, record.together);
        if (record.together === 2) full.open();
        await full.opened;
        await record.processor(job, grant, token);
        record.together--;
      };
      const queues = [stage.queue(), stage.queue()];
      for (const queue of queues) {
        const limit = { name: "bank", permits: 2 };
        await stage.worker(queue, processor, { client: await stage.client(), key, limit });
        await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: "pay", data: { account: `${i % 5}` } })));
      }
      await eventually(() => record.count === 40);
      expect(record).toMatchObject({ most: 1, mostTogether: 2 });
    });

    it.each(["delay", "skip"] as const)(
      "start once each where the limit is never reached, by one worker that takes several at once: %s",
      async (busy) => {
        const queue = stage.queue();
        const record = new Record();
        const limit = { name: "wide", permits: 10 };
        const client = await stage.client();
        await stage.worker(queue, record.processor, { client, limit, busy, concurrency: 5, delayMs: 3_600_000 });
        const data = Array.from({ length: 40 }, (_, i) => ({ name: "pay", data: { account: `${i}` } }));
        const jobs = await queue.addBulk(data);
        await eventually(async () => (await queue.getJobCountByTypes("completed", "delayed")) === 40);
        expect(record.count).toBe(40);
        const started = await Promise.all(jobs.map(async ({ id }) => (await queue.getJob(id!))!.attemptsStarted));
        expect(started).toEqual(jobs.map(() => 1));
      },
    );

    it("need no key where they have a limit", async () => {
      const record = new Record();
      const queue = stage.queue();
      const limit = ({ data }: { data: Account }) => ({ name: `branch-${data.account}`, permits: 1 });
      await stage.worker(queue, record.processor, { client: await stage.client(), limit });
      await queue.addBulk(Array.from({ length: 12 }, (_, i) => ({ name: "pay", data: { account: `${i % 2}` } })));
      await eventually(() => record.count === 12);
      expect(record.most).toBe(1);
    });
  });
});
