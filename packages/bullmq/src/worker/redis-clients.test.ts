import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { type ConnectionOptions, Queue } from "bullmq";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, it } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";

describeOnEachEnsemble("guarded jobs", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);
    const connections: Readonly<Record<string, (url: string) => Promise<ConnectionOptions>>> = {
      "a URL": async (url) => ({ url }),
      "an ioredis client": async (url) =>
        context.closeAfter(new Redis(url, { maxRetriesPerRequest: null }), (redis) => redis.quit()),
      "a node-redis client": async (url) => {
        const redis = await createClient({ url }).connect();
        return context.closeAfter(redis, (opened) => opened.close());
      },
    };

    for (const [name, open] of Object.entries(connections)) {
      it(`exclude each other over ${name}`, async () => {
        const client = await context.client();
        const connection = await open(context.redis.url);
        const queue = context.closeAfter(new Queue(context.newName(), { connection }), (opened) => opened.close());
        let inside = 0;
        let most = 0;
        await context.worker(
          queue,
          async (_job, _grant) => {
            most = Math.max(most, ++inside);
            await new Promise((resolve) => setImmediate(resolve));
            inside--;
          },
          { client, key: () => "one", connection },
        );
        await queue.addBulk(Array.from({ length: 10 }, () => ({ name: "pay", data: {} })));
        await eventually(async () => (await queue.getCompletedCount()) === 10);
        expect(most).toBe(1);
      });
    }
  });
});
