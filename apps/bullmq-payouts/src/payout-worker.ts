import { setTimeout as delay } from "node:timers/promises";
import { guardedWorker } from "@conclave/bullmq";
import type { ZooKeeper } from "@conclave/client";
import type { Worker } from "bullmq";
import type { Ledger } from "./ledger.js";
import type { Payout } from "./payout.js";

/** What a worker works with. */
export interface PayoutWorkerOptions {
  readonly client: ZooKeeper;
  readonly redisUrl: string;
  readonly queue: string;
  readonly ledger: Ledger;
  readonly instance: string;
  /** How long the bank takes for one transfer. */
  readonly transferMs: number;
}

/** Pays out, one at a time per account, in whatever process it runs. */
export function startPayoutWorker(options: PayoutWorkerOptions): Promise<Worker<Payout, string>> {
  const { client, redisUrl, queue, ledger, instance, transferMs } = options;
  return guardedWorker<Payout, string>(
    queue,
    async ({ data }, { signal, fencingToken: token }) => {
      const writer = { token, instance };
      if (!ledger.open(data, writer)) return "was paid already";
      try {
        await delay(transferMs, undefined, { signal });
        // In a process that was stopped, the timer may fire before the end of the grant is noticed. Reading it is surer.
        signal.throwIfAborted();
        ledger.pay(data, writer);
      } finally {
        ledger.leave(data, writer, () => signal.aborted);
      }
      return `paid by ${instance}`;
    },
    {
      client,
      key: ({ data }) => `account-${data.account}`,
      delayMs: 50,
      connection: { url: redisUrl },
      concurrency: 4,
      // A worker that died is noticed after this; how often that may happen to one job is nobody's limit.
      lockDuration: 3_000,
      stalledInterval: 1_000,
      maxStalledCount: 1_000_000,
      runRetryDelay: 500,
    },
  );
}
