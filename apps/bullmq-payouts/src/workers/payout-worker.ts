import { setTimeout as delay } from "node:timers/promises";
import { guardedWorker } from "@conclave/bullmq";
import type { ZooKeeper } from "@conclave/client";
import type { Worker } from "bullmq";
import type { Ledger } from "../ledger/ledger.js";
import type { Payout } from "../queue/payout-queue.js";

/** Options of {@link startPayoutWorker}. */
export interface PayoutWorkerOptions {
  readonly client: ZooKeeper;
  readonly redisUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly instance: string;
  /** Simulated duration of a bank transfer in milliseconds. */
  readonly transferMs: number;
}

/** Starts a worker that pays one payout at a time per account, across all processes. */
export function startPayoutWorker(options: PayoutWorkerOptions): Promise<Worker<Payout, string>> {
  const { client, redisUrl, queue, ledger, instance, transferMs } = options;
  return guardedWorker<Payout, string>(
    queue,
    async ({ data }, { signal, fencingToken: token }) => {
      const writer = { token, instance };
      if (!ledger.begin(data, writer)) return "paid by an earlier run";
      try {
        await delay(transferMs, undefined, { signal });
        // After a stop of the process, the timer may fire before the signal's event. Reading the signal compares the clock.
        signal.throwIfAborted();
        ledger.pay(data, writer);
      } finally {
        ledger.end(data, writer, () => signal.aborted);
      }
      return `paid by ${instance}`;
    },
    {
      client,
      key: ({ data }) => `account-${data.account}`,
      delayMs: 50,
      connection: { url: redisUrl },
      concurrency: 4,
      // BullMQ starts the jobs of a killed worker again after this, as often as necessary.
      lockDuration: 3_000,
      stalledInterval: 1_000,
      maxStalledCount: 1_000_000,
      runRetryDelay: 500,
    },
  );
}
