import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { type Processor, Worker, type WorkerOptions } from "bullmq";
import { describe, expect, it } from "vitest";
import { gate } from "../stage/gate.js";
import { QueueStage, type ShakyClient } from "../stage/queue-stage.js";
import { followSession } from "./index.js";

describeOnEachEnsemble("a worker that follows a session", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);

    const worker = (name: string, processor: Processor, options: Partial<WorkerOptions> = {}): Worker =>
      stage.closeAfter(new Worker(name, processor, { connection: stage.connection, ...options }), (opened) =>
        opened.close(),
      );
    const lose = async ({ zk, proxy }: ShakyClient): Promise<void> => {
      proxy.refuse();
      proxy.cut();
      await eventually(() => zk.state === "suspended");
    };

    it("aborts all its jobs when the session is lost, and goes on with the next session", async () => {
      const shaky = await stage.shakyClient();
      const queue = stage.queue();
      const reasons: unknown[] = [];
      const begun = gate<void>();
      const following = worker(queue.name, async (_job, _token, signal) => {
        if (reasons.length > 0) return;
        begun.open();
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        reasons.push(signal?.reason);
      });
      followSession(following, shaky.zk);
      await queue.add("pay", {});
      await begun.opened;
      await lose(shaky);
      expect(following.isPaused()).toBe(true);
      expect(reasons).toEqual([]);
      await stage.endSession(shaky.zk.session);
      await queue.add("pay", {});
      shaky.proxy.accept();
      await eventually(() => reasons.length === 1);
      expect(reasons).toEqual(["session-lost"]);
      await eventually(async () => (await queue.getCompletedCount()) === 2);
    });

    it("stays paused where somebody else has paused it, and unstarted where nobody has started it", async () => {
      const shaky = await stage.shakyClient();
      const paused = worker(stage.newName(), async () => {});
      const unstarted = worker(stage.newName(), async () => {}, { autorun: false });
      await paused.pause();
      for (const each of [paused, unstarted]) followSession(each, shaky.zk);
      await lose(shaky);
      shaky.proxy.accept();
      await eventually(() => shaky.zk.state === "connected");
      expect(paused.isPaused()).toBe(true);
      expect(unstarted.isRunning()).toBe(false);
    });

    it("takes no jobs where the session is suspended when it begins, and ends with the client", async () => {
      const shaky = await stage.shakyClient();
      const queue = stage.queue();
      await lose(shaky);
      const following = worker(queue.name, async () => {});
      followSession(following, shaky.zk);
      expect(following.isPaused()).toBe(true);
      shaky.proxy.accept();
      await eventually(() => !following.isPaused());
      await shaky.zk.close();
      expect(following.isPaused()).toBe(true);
    });

    it("is paused again where somebody resumes it while the session is suspended", async () => {
      const shaky = await stage.shakyClient();
      const queue = stage.queue();
      const following = worker(queue.name, async () => {});
      followSession(following, shaky.zk);
      await lose(shaky);
      await following.resume();
      expect(following.isPaused()).toBe(true);
      await queue.add("pay", {});
      shaky.proxy.accept();
      await eventually(async () => (await queue.getCompletedCount()) === 1);
    });

    it("stays paused where its owner pauses it after an outage or during one, and the next outage ends", async () => {
      const shaky = await stage.shakyClient();
      const [between, during] = [worker(stage.newName(), async () => {}), worker(stage.newName(), async () => {})];
      for (const each of [between, during]) followSession(each, shaky.zk);
      const comeBack = async (): Promise<void> => {
        shaky.proxy.accept();
        await eventually(() => shaky.zk.state === "connected");
      };
      await lose(shaky);
      await during.pause();
      await comeBack();
      expect([between.isPaused(), during.isPaused()]).toEqual([false, true]);
      await between.pause();
      await lose(shaky);
      await comeBack();
      expect([between.isPaused(), during.isPaused()]).toEqual([true, true]);
      await during.resume();
      await lose(shaky);
      expect(during.isPaused()).toBe(true);
      await comeBack();
      expect([between.isPaused(), during.isPaused()]).toEqual([true, false]);
    });

    it("takes one job at most where its owner starts it while the session is suspended", async () => {
      const shaky = await stage.shakyClient();
      const queue = stage.queue();
      const following = worker(queue.name, async () => {}, { autorun: false });
      followSession(following, shaky.zk);
      await lose(shaky);
      await queue.addBulk(Array.from({ length: 5 }, () => ({ name: "pay", data: {} })));
      void following.run();
      await eventually(() => following.isPaused());
      await eventually(async () => (await queue.getActiveCount()) === 0);
      expect(await queue.getCompletedCount()).toBe(1);
      shaky.proxy.accept();
      await eventually(async () => (await queue.getCompletedCount()) === 5);
    });

    it("goes on where following ends while the session is suspended", async () => {
      const shaky = await stage.shakyClient();
      const following = worker(stage.newName(), async () => {});
      const stop = followSession(following, shaky.zk);
      await lose(shaky);
      expect(following.isPaused()).toBe(true);
      stop();
      expect(following.isPaused()).toBe(false);
    });

    it("does so no longer once it is told to stop", async () => {
      const shaky = await stage.shakyClient();
      const following = worker(stage.newName(), async () => {});
      followSession(following, shaky.zk)();
      await lose(shaky);
      expect(following.isPaused()).toBe(false);
    });
  });
});
