/*
 * A worker that continues after a stop of its process that was longer than its session, as shown by a clock that jumps
 * before any timer fired or any socket was read. In the same synchronous step its old grants must count as lost.
 */
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";
import type { JobGrant } from "../index.js";

describeOnEachEnsemble("a worker that continues after its session timeout", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    const key = (): string => "account-7";
    const limit = { name: "bank", permits: 2 };

    it.each([
      ["a permit", { limit }],
      ["a key and a permit", { key, limit }],
    ])(
      "finds the signal of a job under %s aborted by the expired session, and runs the job again",
      async (_, under) => {
        const { client, jumpPastSession } = await context.clientWithJumpingClock();
        const seen: (readonly [before: boolean, after: boolean, reason: unknown])[] = [];
        const tokens: bigint[] = [];
        const queue = context.queue();
        const processor = async (_job: unknown, { signal, fencingToken }: JobGrant): Promise<void> => {
          tokens.push(fencingToken);
          if (tokens.length > 1) return;
          const before = signal.aborted;
          jumpPastSession();
          seen.push([before, signal.aborted, signal.reason]);
          throw new Error("stopped because the grant is lost");
        };
        await context.worker(queue, processor, { client, onSuspended: "keep", ...under });
        const { session } = client;
        const job = await queue.add("pay", {}, { attempts: 3 });
        await eventually(() => seen.length === 1);
        await context.endSession(session);
        await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
        expect(seen).toEqual([[false, true, expect.objectContaining({ code: "EXPIRED" })]]);
        expect(tokens).toHaveLength(2);
        expect(tokens[1]).toBeGreaterThan(tokens[0]!);
        expect(await queue.getJob(job.id!)).toMatchObject({ attemptsMade: 1 });
      },
    );

    it("starts its job under a grant of the new session if the session expires before the acquisition", async () => {
      const { client, jumpPastSession } = await context.clientWithJumpingClock();
      const queue = context.queue();
      const starts: boolean[] = [];
      let isFirst = true;
      const limitOf = (): typeof limit => {
        if (isFirst) queueMicrotask(jumpPastSession);
        isFirst = false;
        return limit;
      };
      await context.worker(queue, async (_job, { signal }) => void starts.push(signal.aborted), {
        client,
        key,
        limit: limitOf,
      });
      const { session } = client;
      const job = await queue.add("pay", {}, { attempts: 3 });
      await eventually(() => !isFirst);
      await context.endSession(session);
      await eventually(async () => (await job.isCompleted()) || (await job.isFailed()));
      expect(starts).toEqual([false]);
      expect(await job.isCompleted()).toBe(true);
    });
  });
});
