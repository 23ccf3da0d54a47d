import type { ZooKeeper } from "@conclave/client";
import type { Job } from "bullmq";
import { describe, expect, it } from "vitest";
import { resolveGuard } from "./guard-options.js";
import { followSession, type GuardOptions, guard, guardedWorker } from "./index.js";

const client = {} as ZooKeeper;
const key = (): string => "key";
const pay = async (_job: unknown, _grant: unknown): Promise<void> => {};

describe("a guard", () => {
  it("declares the three parameters without which BullMQ makes no signal", () => {
    expect(guard(pay, { client, key })).toHaveLength(3);
  });

  it("refuses a processor that does not take the grant, and says how to write one", () => {
    const deaf = [async () => {}, async (_job: unknown) => {}, async (..._all: unknown[]) => {}];
    for (const processor of deaf) {
      expect(() => guard(processor, { client, key })).toThrow(/write \(job, grant\) => …/);
    }
    expect(() => guard("/srv/pay.js" as never, { client, key })).toThrow(/make it a function that starts the work/);
  });

  it("refuses options that are wrong, and says what to do", () => {
    const wrong: [GuardOptions, RegExp][] = [
      [{ client }, /a guard has a key, .* or a limit, or both/],
      [{ client, key: "name" as never }, /one key for all jobs is \(\) => "name"/],
      [{ client, key, busy: "retry" as never }, /"delay", "wait" or "skip", not "retry"/],
      [{ client: undefined as never, key }, /a guard has a client/],
      [
        { client, limit: { name: "", permits: 1 } },
        /a limit is \{ name: "bank", permits: 3 \}, and not \{ name: '', permits: 1 \}/,
      ],
      [{ client, limit: { name: "bank", permits: 0.5 } }, /and not \{ name: 'bank', permits: 0\.5 \}/],
      [{ client, key, onSuspended: "go on" as never }, /onSuspended is "revoke" or "keep", not "go on"/],
      [{ client, key, delayMs: 0 }, /delayMs is a number of milliseconds from 1 on, not 0/],
      [{ client, key, waitTimeoutMs: 10 }, /waitTimeoutMs needs \{ busy: "wait" \}/],
      [{ client, key, busy: "wait", waitTimeoutMs: -1 }, /waitTimeoutMs is a number of milliseconds, not -1/],
    ];
    for (const [options, message] of wrong) expect(() => guard(pay, options)).toThrow(message);
  });

  it("says what a limit has to be where a job gets none", () => {
    const { limit } = resolveGuard({ client, limit: (({ data }: Job) => data.limit) as never });
    expect(() => limit?.({ data: {} } as Job)).toThrow(/a limit is \{ name: "bank", permits: 3 \}, and not undefined/);
    expect(limit?.({ data: { limit: { name: "bank", permits: 2 } } } as Job)).toEqual({ name: "bank", permits: 2 });
  });

  it("refuses to run where BullMQ gives it no signal, and says what to do", () => {
    const guarded = guard(pay, { client, key });
    expect(() => guarded({} as never, "token")).toThrow(/declares all three parameters, \(job, token, signal\)/);
  });
});

describe("a guarded worker", () => {
  it("refuses maxStartedAttempts before anything is opened, and says what to use instead", async () => {
    const options = { client, key, connection: {}, maxStartedAttempts: 3 };
    await expect(guardedWorker("payouts", pay, options)).rejects.toThrow(/limit failures by the job's attempts/);
    const worker = { opts: options } as never;
    expect(() => followSession(worker, client)).toThrow(/maxStartedAttempts is 3/);
  });
});
