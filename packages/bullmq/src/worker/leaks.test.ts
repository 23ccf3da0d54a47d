import { getEventListeners } from "node:events";
import type { ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { type Job, Worker } from "bullmq";
import { afterEach, describe, expect, it, vi } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";
import {
  guardedWorker,
  guardProcessor,
  JobCancellations,
  pauseWhileDisconnected,
  requestCancellation,
} from "../index.js";

/** Returns a function that counts the listeners that were added to a client since and not removed. */
function countListeners(client: ZooKeeper): () => number {
  const listeners = new Set<unknown>();
  const [on, off] = [client.on.bind(client), client.off.bind(client)];
  vi.spyOn(client, "on").mockImplementation((event, listener) => {
    listeners.add(listener);
    return on(event, listener);
  });
  vi.spyOn(client, "off").mockImplementation((event, listener) => {
    listeners.delete(listener);
    return off(event, listener);
  });
  return () => listeners.size;
}

describeOnEachEnsemble("listeners", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);
    afterEach(() => void vi.restoreAllMocks());

    it("of a guard on the client, the closing signal and the cancellations are removed after each job", async () => {
      const client = await context.client();
      const queue = context.queue();
      const closing = new AbortController();
      const cancellations = context.closeAfter(await JobCancellations.follow(client, queue.name), (each) =>
        each.close(),
      );
      const watch = vi.spyOn(cancellations, "watch");
      const listeners = countListeners(client);
      const key = ({ data }: Job): string => `account-${data.account}`;
      const limit = { name: "bank", permits: 3 };
      const options = { client, key, limit, delayMs: 1, closing: closing.signal, cancellations };
      const guarded = guardProcessor(async (_job, _grant) => {}, options);
      const worker = new Worker(queue.name, guarded, { connection: context.connection, concurrency: 4 });
      context.closeAfter(worker, (opened) => opened.close());
      await queue.addBulk(Array.from({ length: 12 }, (_, i) => ({ name: "pay", data: { account: i % 5 } })));
      await eventually(async () => (await queue.getCompletedCount()) === 12);
      await worker.close();
      await eventually(() => listeners() === 0);
      expect(getEventListeners(closing.signal, "abort")).toEqual([]);

      expect(watch.mock.calls.length).toBeGreaterThanOrEqual(12);
      const ended = watch.mock.results.map(({ value }) => value as ReturnType<JobCancellations["watch"]>);
      await using _ = await requestCancellation(client, { queue: queue.name, jobId: "1" });
      await eventually(() => cancellations.watch("1").signal.aborted);
      expect(ended.filter(({ signal }) => signal.aborted)).toEqual([]);
    });

    it("of a guarded worker on the client are removed when it closes, and cancellations that it was given stay open", async () => {
      const client = await context.client();
      const queue = context.queue();
      const listeners = countListeners(client);
      await (await context.worker(queue, async (_job, _grant) => {}, { client, key: () => "one" })).close();
      await eventually(() => listeners() === 0);

      const cancellations = context.closeAfter(await JobCancellations.follow(client, queue.name), (each) =>
        each.close(),
      );
      const following = listeners();
      const options = { client, key: () => "one", cancellations };
      await (await context.worker(queue, async (_job, _grant) => {}, options)).close();
      expect(listeners()).toBe(following);
      await using _ = await requestCancellation(client, { queue: queue.name, jobId: "1" });
      await eventually(() => cancellations.watch("1").signal.aborted);
    });

    it("of a guarded worker on the client are removed if BullMQ refuses to create its worker", async () => {
      const client = await context.client();
      const listeners = countListeners(client);
      const options = { client, key: () => "one", connection: null as never };
      const created = guardedWorker(context.newName(), async (_job, _grant) => {}, options);
      await expect(created).rejects.toThrow("Worker requires a connection");
      await eventually(() => listeners() === 0);
    });

    it("of pauseWhileDisconnected on the client and the worker are removed when it is stopped or the worker closes", async () => {
      const client = await context.client();
      const listeners = countListeners(client);
      const newWorker = (): Worker =>
        context.closeAfter(
          new Worker(context.newName(), async () => {}, { connection: context.connection }),
          (opened) => opened.close(),
        );
      const [stopped, closed] = [newWorker(), newWorker()];
      const count = (worker: Worker): number[] =>
        worker.eventNames().map((name) => worker.listenerCount(name as never));
      const before = [count(stopped), count(closed)];
      pauseWhileDisconnected(stopped, client)();
      pauseWhileDisconnected(closed, client);
      expect(listeners()).toBe(1);
      await closed.close();
      expect(listeners()).toBe(0);
      expect([count(stopped), count(closed)]).toEqual(before);
    });
  });
});
