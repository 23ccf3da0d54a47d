/*
 * A worker whose process was stopped for longer than its session, and goes on: by a clock that jumps, before any timer fired
 * or any socket was read. In the same synchronous step, no job may be let in, or told that it may go on, under an old grant.
 */
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { QueueStage } from "../stage/queue-stage.js";
import type { JobGrant } from "./index.js";

describeOnEachEnsemble("a worker that wakes after its session", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);

    const key = (): string => "account-7";
    const limit = { name: "bank", permits: 2 };

    it.each([
      ["a permit", { limit }],
      ["a key and a permit", { key, limit }],
    ])("has aborted the signal of a job under %s, by an expired session, and runs the job again", async (_, under) => {
      const { client, jumpPastSession } = await stage.clientWithJumpingClock();
      const seen: (readonly [before: boolean, after: boolean, reason: unknown])[] = [];
      const tokens: bigint[] = [];
      const queue = stage.queue();
      const processor = async (_job: unknown, { signal, fencingToken }: JobGrant): Promise<void> => {
        tokens.push(fencingToken);
        if (tokens.length > 1) return;
        const before = signal.aborted;
        jumpPastSession();
        seen.push([before, signal.aborted, signal.reason]);
        throw new Error("ended, as the grant is lost");
      };
      await stage.worker(queue, processor, { client, onSuspended: "keep", ...under });
      const { session } = client;
      const job = await queue.add("pay", {}, { attempts: 3 });
      await eventually(() => seen.length === 1);
      await stage.endSession(session);
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(seen).toEqual([[false, true, expect.objectContaining({ code: "EXPIRED" })]]);
      expect(tokens).toHaveLength(2);
      expect(tokens[1]).toBeGreaterThan(tokens[0]!);
      expect(await queue.getJob(job.id!)).toMatchObject({ attemptsMade: 1 });
    });

    it("begins no job under a grant that was lost while it was being acquired", async () => {
      const { client, jumpPastSession } = await stage.clientWithJumpingClock();
      const queue = stage.queue();
      const starts: boolean[] = [];
      let isFirst = true;
      const limitOf = (): typeof limit => {
        if (isFirst) queueMicrotask(jumpPastSession);
        isFirst = false;
        return limit;
      };
      await stage.worker(queue, async (_job, { signal }) => void starts.push(signal.aborted), {
        client,
        key,
        limit: limitOf,
      });
      const { session } = client;
      const job = await queue.add("pay", {}, { attempts: 3 });
      await eventually(() => !isFirst);
      await stage.endSession(session);
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(starts).toEqual([false]);
      expect(await job.isCompleted()).toBe(true);
    });
  });
});
