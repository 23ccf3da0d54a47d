import { getEventListeners } from "node:events";
import type { ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { type Job, Worker } from "bullmq";
import { afterEach, describe, expect, it, vi } from "vitest";
import { QueueStage } from "../stage/queue-stage.js";
import { followSession, guard, JobCancellations, requestCancel } from "./index.js";

/** Counts the listeners that are added to a client from now on and not removed. */
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

describeOnEachEnsemble("after the end", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);
    afterEach(() => void vi.restoreAllMocks());

    it("of its jobs, a guard has no listener on the client or the closing signal, and no watch for cancellation", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const closing = new AbortController();
      const cancellations = stage.closeAfter(await JobCancellations.follow(client, queue.name), (each) => each.close());
      const watch = vi.spyOn(cancellations, "watch");
      const listeners = countListeners(client);
      const key = ({ data }: Job): string => `account-${data.account}`;
      const limit = { name: "bank", permits: 3 };
      const options = { client, key, limit, delayMs: 1, closing: closing.signal, cancellations };
      const guarded = guard(async (_job, _grant) => {}, options);
      const worker = new Worker(queue.name, guarded, { connection: stage.connection, concurrency: 4 });
      stage.closeAfter(worker, (opened) => opened.close());
      await queue.addBulk(Array.from({ length: 12 }, (_, i) => ({ name: "pay", data: { account: i % 5 } })));
      await eventually(async () => (await queue.getCompletedCount()) === 12);
      await worker.close();
      await eventually(() => listeners() === 0);
      expect(getEventListeners(closing.signal, "abort")).toEqual([]);

      expect(watch.mock.calls.length).toBeGreaterThanOrEqual(12);
      const ended = watch.mock.results.map(({ value }) => value as ReturnType<JobCancellations["watch"]>);
      await using _ = await requestCancel(client, { queue: queue.name, jobId: "1" });
      await eventually(() => cancellations.watch("1").signal.aborted);
      expect(ended.filter(({ signal }) => signal.aborted)).toEqual([]);
    });

    it("of following, the client and the worker have no listener of ours", async () => {
      const client = await stage.client();
      const listeners = countListeners(client);
      const newWorker = (): Worker =>
        stage.closeAfter(new Worker(stage.newName(), async () => {}, { connection: stage.connection }), (opened) =>
          opened.close(),
        );
      const [stopped, closed] = [newWorker(), newWorker()];
      const count = (worker: Worker): number[] =>
        worker.eventNames().map((name) => worker.listenerCount(name as never));
      const before = [count(stopped), count(closed)];
      followSession(stopped, client)();
      followSession(closed, client);
      expect(listeners()).toBe(1);
      await closed.close();
      expect(listeners()).toBe(0);
      expect([count(stopped), count(closed)]).toEqual(before);
    });
  });
});
