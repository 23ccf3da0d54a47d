import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

/** One payout: the data of a job. */
export interface Payout {
  /** Identifies the payout in all runs of its job. */
  readonly id: string;
  readonly account: string;
  readonly cents: number;
}

/** Returns `count` payouts, spread evenly over `accounts` accounts. */
export function newPayouts(count: number, accounts: number): Payout[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `payout-${index + 1}`,
    account: `${(index % accounts) + 1}`,
    cents: 100 + (index % 900),
  }));
}

/** Time limit in milliseconds for the removal of a queue from Redis. */
const REMOVAL_LIMIT_MS = 5_000;

/** Queue of one run. Disposing of it removes it from Redis. */
export interface PayoutQueue extends AsyncDisposable {
  readonly queue: Queue;
  /** Adds one job per payout. Waits for Redis as long as necessary. */
  add(payouts: readonly Payout[]): Promise<void>;
}

/**
 * Opens a queue with a new name. If Redis does not answer when the queue is disposed of, its data stay there: BullMQ would
 * wait without limit.
 */
export function openPayoutQueue(url: string): PayoutQueue {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(`payouts-${randomUUID().slice(0, 8)}`, { connection });
  // ioredis reconnects after an error.
  connection.on("error", () => {});
  queue.on("error", () => {});
  return {
    queue,
    add: (payouts) => addAll(queue, payouts),
    async [Symbol.asyncDispose]() {
      const limit = new AbortController();
      const removed = queue.obliterate({ force: true }).then(() => queue.close());
      await Promise.race([removed, delay(REMOVAL_LIMIT_MS, undefined, { signal: limit.signal })]);
      limit.abort();
      connection.disconnect();
    },
  };
}

/**
 * Adds the jobs, with one attempt each: no failure in a run is a failure of the work. Adding a payout twice gives one job,
 * because its id is the job's id. So all jobs are added again if the connection broke meanwhile.
 */
async function addAll(queue: Queue, payouts: readonly Payout[]): Promise<void> {
  const jobs = payouts.map((data) => ({ name: "pay", data, opts: { attempts: 1, jobId: data.id } }));
  try {
    await queue.addBulk(jobs);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    await addAll(queue, payouts);
  }
}
