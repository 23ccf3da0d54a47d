import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { type Processor, Worker, type WorkerOptions } from "bullmq";
import { describe, expect, it } from "vitest";
import { deferred, type ProxiedClient, QueueTestContext } from "../../test-context/test-context.js";
import { pauseWhileDisconnected } from "../index.js";

describeOnEachEnsemble("a worker that pauses while its session is not connected", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    const worker = (name: string, processor: Processor, options: Partial<WorkerOptions> = {}): Worker =>
      context.closeAfter(new Worker(name, processor, { connection: context.connection, ...options }), (opened) =>
        opened.close(),
      );
    const disconnect = async ({ zk, proxy }: ProxiedClient): Promise<void> => {
      proxy.refuse();
      proxy.cut();
      await eventually(() => zk.state === "suspended");
    };

    it("aborts all its jobs when the session is lost, and takes jobs again with the next session", async () => {
      const proxied = await context.proxiedClient();
      const queue = context.queue();
      const reasons: unknown[] = [];
      const started = deferred<void>();
      const pausing = worker(queue.name, async (_job, _token, signal) => {
        if (reasons.length > 0) return;
        started.resolve();
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        reasons.push(signal?.reason);
      });
      pauseWhileDisconnected(pausing, proxied.zk);
      await queue.add("pay", {});
      await started.promise;
      await disconnect(proxied);
      expect(pausing.isPaused()).toBe(true);
      expect(reasons).toEqual([]);
      await context.endSession(proxied.zk.session);
      await queue.add("pay", {});
      proxied.proxy.accept();
      await eventually(() => reasons.length === 1);
      expect(reasons).toEqual(["session-lost"]);
      await eventually(async () => (await queue.getCompletedCount()) === 2);
    });

    it("aborts all its jobs when the client is closed", async () => {
      const client = await context.client();
      const queue = context.queue();
      const started = deferred<void>();
      const ended = deferred<unknown>();
      const pausing = worker(queue.name, async (_job, _token, signal) => {
        started.resolve();
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        ended.resolve(signal?.reason);
      });
      pauseWhileDisconnected(pausing, client);
      await queue.add("pay", {});
      await started.promise;
      await client.close();
      expect(await ended.promise).toBe("session-lost");
    });

    it("stays paused if its owner paused it, and stopped if its owner has not started it", async () => {
      const proxied = await context.proxiedClient();
      const paused = worker(context.newName(), async () => {});
      const unstarted = worker(context.newName(), async () => {}, { autorun: false });
      await paused.pause();
      for (const each of [paused, unstarted]) pauseWhileDisconnected(each, proxied.zk);
      await disconnect(proxied);
      proxied.proxy.accept();
      await eventually(() => proxied.zk.state === "connected");
      expect(paused.isPaused()).toBe(true);
      expect(unstarted.isRunning()).toBe(false);
    });

    it("is paused from the start if the session is suspended then, and when the client is closed", async () => {
      const proxied = await context.proxiedClient();
      const queue = context.queue();
      await disconnect(proxied);
      const pausing = worker(queue.name, async () => {});
      pauseWhileDisconnected(pausing, proxied.zk);
      expect(pausing.isPaused()).toBe(true);
      proxied.proxy.accept();
      await eventually(() => !pausing.isPaused());
      await proxied.zk.close();
      expect(pausing.isPaused()).toBe(true);
    });

    it("is paused again if its owner resumes it while the session is suspended", async () => {
      const proxied = await context.proxiedClient();
      const queue = context.queue();
      const pausing = worker(queue.name, async () => {});
      pauseWhileDisconnected(pausing, proxied.zk);
      await disconnect(proxied);
      await pausing.resume();
      expect(pausing.isPaused()).toBe(true);
      await queue.add("pay", {});
      proxied.proxy.accept();
      await eventually(async () => (await queue.getCompletedCount()) === 1);
    });

    it("stays paused after an outage if its owner paused it during the outage or before it", async () => {
      const proxied = await context.proxiedClient();
      const [between, during] = [worker(context.newName(), async () => {}), worker(context.newName(), async () => {})];
      for (const each of [between, during]) pauseWhileDisconnected(each, proxied.zk);
      const reconnect = async (): Promise<void> => {
        proxied.proxy.accept();
        await eventually(() => proxied.zk.state === "connected");
      };
      await disconnect(proxied);
      await during.pause();
      await reconnect();
      expect([between.isPaused(), during.isPaused()]).toEqual([false, true]);
      await between.pause();
      await disconnect(proxied);
      await reconnect();
      expect([between.isPaused(), during.isPaused()]).toEqual([true, true]);
      await during.resume();
      await disconnect(proxied);
      expect(during.isPaused()).toBe(true);
      await reconnect();
      expect([between.isPaused(), during.isPaused()]).toEqual([true, false]);
    });

    it("takes at most one job if its owner starts it while the session is suspended", async () => {
      const proxied = await context.proxiedClient();
      const queue = context.queue();
      const pausing = worker(queue.name, async () => {}, { autorun: false });
      pauseWhileDisconnected(pausing, proxied.zk);
      await disconnect(proxied);
      await queue.addBulk(Array.from({ length: 5 }, () => ({ name: "pay", data: {} })));
      void pausing.run();
      await eventually(() => pausing.isPaused());
      await eventually(async () => (await queue.getActiveCount()) === 0);
      expect(await queue.getCompletedCount()).toBe(1);
      proxied.proxy.accept();
      await eventually(async () => (await queue.getCompletedCount()) === 5);
    });

    it("resumes if pauseWhileDisconnected is stopped while the session is suspended", async () => {
      const proxied = await context.proxiedClient();
      const pausing = worker(context.newName(), async () => {});
      const stop = pauseWhileDisconnected(pausing, proxied.zk);
      await disconnect(proxied);
      expect(pausing.isPaused()).toBe(true);
      stop();
      expect(pausing.isPaused()).toBe(false);
    });

    it("is not paused any more after pauseWhileDisconnected was stopped", async () => {
      const proxied = await context.proxiedClient();
      const pausing = worker(context.newName(), async () => {});
      pauseWhileDisconnected(pausing, proxied.zk)();
      await disconnect(proxied);
      expect(pausing.isPaused()).toBe(false);
    });
  });
});
