import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { deferred, QueueTestContext } from "../../test-context/test-context.js";
import { type DeclaredScheduler, leadSchedulers } from "../index.js";

const everyHour: DeclaredScheduler = { repeat: { every: 3_600_000 }, template: { name: "hourly", data: { a: 1 } } };
const nightly: DeclaredScheduler = { repeat: { pattern: "0 3 * * *", tz: "UTC" }, template: { name: "nightly" } };

const keys = async (queue: Queue): Promise<string[]> => (await queue.getJobSchedulers()).map(({ key }) => key).sort();

describeOnEachEnsemble("the job schedulers of a queue", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("are those that the leader declares, and those of the next leader after it has left", async () => {
      const queue = context.queue();
      // Due before and after all others: the list of schedulers is ordered by that.
      await queue.upsertJobScheduler("forgotten", { every: 1_000 });
      const inTwoYears = Date.now() + 2 * 365 * 86_400_000;
      await queue.upsertJobScheduler("forgotten, too", { pattern: "0 3 * * *", startDate: inTwoYears });
      const [first, second] = [new AbortController(), new AbortController()];
      const client = await context.client();
      const old = leadSchedulers(queue, { hourly: everyHour, nightly }, { client, signal: first.signal });
      await eventually(async () => (await keys(queue)).join() === "hourly,nightly");
      expect(await queue.getJobScheduler("nightly")).toMatchObject({
        name: "nightly",
        pattern: "0 3 * * *",
        tz: "UTC",
      });
      expect(await queue.getJobScheduler("hourly")).toMatchObject({ every: 3_600_000, template: { data: { a: 1 } } });

      const other = await context.client();
      const isFirstAborted: boolean[] = [];
      const record = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
        ((...args) => {
          isFirstAborted.push(first.signal.aborted);
          return call(...args);
        }) as Call;
      const recorded = {
        name: queue.name,
        upsertJobScheduler: record(queue.upsertJobScheduler.bind(queue)),
        getJobSchedulers: record(queue.getJobSchedulers.bind(queue)),
        removeJobScheduler: record(queue.removeJobScheduler.bind(queue)),
      };
      const next = leadSchedulers(recorded, { nightly }, { client: other, signal: second.signal });
      const election = `/conclave/elections/bullmq-schedulers%3A${queue.name}`;
      await eventually(async () => (await client.getChildren(election)).length === 2);
      expect(await keys(queue)).toEqual(["hourly", "nightly"]);
      first.abort();
      await old;
      await eventually(async () => (await keys(queue)).join() === "nightly");
      expect(isFirstAborted).toEqual([true, true, true]);
      expect(await queue.getDelayedCount()).toBe(1);
      second.abort();
      await next;
    });

    it("keep their next due time if the next leader declares the same", async () => {
      const queue = context.queue();
      const due: (number | undefined)[] = [];
      for (let term = 0; term < 2; term++) {
        const controller = new AbortController();
        const options = { client: await context.client(), signal: controller.signal };
        const leading = leadSchedulers(queue, { nightly, hourly: everyHour }, options);
        await eventually(async () => (await keys(queue)).length === 2);
        controller.abort();
        await leading;
        due.push(...(await queue.getJobSchedulers()).map(({ next }) => next));
      }
      expect(due.slice(0, 2)).toEqual(due.slice(2));
    });

    it.each(["write", "remove"] as const)("are no longer changed after the leadership has ended: %s", async (step) => {
      const queue = context.queue();
      const client = await context.client();
      const controller = new AbortController();
      const calls: string[] = [];
      const call = (name: "write" | "remove", key: string): Promise<never> => {
        calls.push(`${name} ${key}`);
        if (name === step) controller.abort();
        return Promise.resolve() as Promise<never>;
      };
      const present = [{ key: "old" }, { key: "older" }] as never;
      const leading = leadSchedulers(
        {
          name: queue.name,
          upsertJobScheduler: (key) => call("write", key),
          getJobSchedulers: async () => present,
          removeJobScheduler: (key) => call("remove", key),
        },
        { hourly: everyHour, nightly },
        { client, signal: controller.signal },
      );
      await leading;
      await new Promise((resolve) => setImmediate(resolve));
      const written = ["write hourly", "write nightly"];
      expect(calls).toEqual(step === "write" ? ["write hourly"] : [...written, "remove old"]);
    });

    it("do not delay the end of leadSchedulers if Redis does not answer", async () => {
      const connection = new Redis("redis://127.0.0.1:1", { maxRetriesPerRequest: null });
      connection.on("error", () => {});
      const queue = new Queue("away", { connection });
      queue.on("error", () => {});
      const client = await context.client();
      const controller = new AbortController();
      const isWriting = deferred<void>();
      const writing: Pick<Queue, "name" | "upsertJobScheduler" | "getJobSchedulers" | "removeJobScheduler"> = {
        name: queue.name,
        upsertJobScheduler: (...scheduler) => {
          isWriting.resolve();
          return queue.upsertJobScheduler(...scheduler);
        },
        getJobSchedulers: (...range) => queue.getJobSchedulers(...range),
        removeJobScheduler: (key) => queue.removeJobScheduler(key),
      };
      const leading = leadSchedulers(writing, { nightly }, { client, signal: controller.signal });
      await isWriting.promise;
      controller.abort();
      await leading;
      expect(await client.getChildren("/conclave/elections/bullmq-schedulers%3Aaway")).toEqual([]);
      connection.disconnect();
    });

    it("reject with BullMQ's error if one cannot be written, and leave the election", async () => {
      const queue = context.queue();
      const client = await context.client();
      const { signal } = new AbortController();
      const wrong = { wrong: { repeat: { every: 1, pattern: "* * * * *" } } };
      await expect(leadSchedulers(queue, wrong, { client, signal, election: "mine" })).rejects.toThrow(/every/);
      expect(await client.getChildren("/conclave/elections/mine")).toEqual([]);
    });
  });
});
