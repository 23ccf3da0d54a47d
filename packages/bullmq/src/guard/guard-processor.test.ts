import type { ZooKeeper } from "@conclave/client";
import type { Job } from "bullmq";
import { describe, expect, it } from "vitest";
import { type GuardOptions, guardedWorker, guardProcessor, pauseWhileDisconnected } from "../index.js";
import { resolveGuard } from "./guard-options.js";

const client = {} as ZooKeeper;
const key = (): string => "key";
const pay = async (_job: unknown, _grant: unknown): Promise<void> => {};

describe("a guard", () => {
  it("declares three parameters, because BullMQ creates a signal only then", () => {
    expect(guardProcessor(pay, { client, key })).toHaveLength(3);
  });

  it("rejects a processor that does not declare the grant, and shows how to write one", () => {
    const withoutGrant = [async () => {}, async (_job: unknown) => {}, async (..._all: unknown[]) => {}];
    for (const processor of withoutGrant) {
      expect(() => guardProcessor(processor, { client, key })).toThrow(/write \(job, grant\) => …/);
    }
    expect(() => guardProcessor("/srv/pay.js" as never, { client, key })).toThrow(
      /pass a function that starts the work/,
    );
  });

  it("rejects invalid options, and names the correction", () => {
    const wrong: [GuardOptions, RegExp][] = [
      [{ client }, /a guard needs a key, .* or a limit, or both/],
      [{ client, key: "name" as never }, /for one key for all jobs, \(\) => "name"/],
      [{ client, key, whenBusy: "retry" as never }, /"delay", "wait" or "skip", not "retry"/],
      [{ client: undefined as never, key }, /a guard needs a client/],
      [
        { client, limit: { name: "", permits: 1 } },
        /a limit must be an object such as \{ name: "bank", permits: 3 \}, not \{ name: '', permits: 1 \}/,
      ],
      [{ client, limit: { name: "bank", permits: 0.5 } }, /not \{ name: 'bank', permits: 0\.5 \}/],
      [{ client, key, onSuspended: "go on" as never }, /onSuspended must be "revoke" or "keep", not "go on"/],
      [{ client, key, delayMs: 0 }, /delayMs must be a number of milliseconds from 1 on, not 0/],
      [{ client, key, waitTimeoutMs: 10 }, /waitTimeoutMs needs \{ whenBusy: "wait" \}/],
      [
        { client, key, whenBusy: "wait", waitTimeoutMs: -1 },
        /waitTimeoutMs must be a number of milliseconds from 0 on, not -1/,
      ],
    ];
    for (const [options, message] of wrong) expect(() => guardProcessor(pay, options)).toThrow(message);
  });

  it("explains the shape of a limit if the limit option returns none for a job", () => {
    const { limit } = resolveGuard({ client, limit: (({ data }: Job) => data.limit) as never });
    expect(() => limit?.({ data: {} } as Job)).toThrow(
      /a limit must be an object such as \{ name: "bank", permits: 3 \}, not undefined/,
    );
    expect(limit?.({ data: { limit: { name: "bank", permits: 2 } } } as Job)).toEqual({ name: "bank", permits: 2 });
  });

  it("rejects a call without a signal, and names the correction", () => {
    const guarded = guardProcessor(pay, { client, key });
    expect(() => guarded({} as never, "token")).toThrow(/declares all three parameters, \(job, token, signal\)/);
  });
});

describe("a guarded worker", () => {
  it("rejects invalid options and processors before it opens anything", async () => {
    const connection = {};
    await expect(guardedWorker("payouts", async () => {}, { client, key, connection })).rejects.toThrow(
      /write \(job, grant\) => …/,
    );
    await expect(guardedWorker("payouts", pay, { client, key, connection, delayMs: 0 })).rejects.toThrow(
      /delayMs must/,
    );
  });

  it("rejects maxStartedAttempts before it opens anything, and names the alternative", async () => {
    const options = { client, key, connection: {}, maxStartedAttempts: 3 };
    await expect(guardedWorker("payouts", pay, options)).rejects.toThrow(/limit failures by the job's attempts/);
    const worker = { opts: options } as never;
    expect(() => pauseWhileDisconnected(worker, client)).toThrow(/maxStartedAttempts is 3/);
  });
});
