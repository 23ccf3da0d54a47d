import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { Payout } from "./payout.js";

/** How long Redis may take to forget a queue. */
const END_LIMIT_MS = 5_000;

/** A queue of one run, which is removed from its Redis when this is disposed of. */
export interface PayoutQueue extends AsyncDisposable {
  readonly queue: Queue;
  /** Waits for Redis as long as it takes. */
  add(payouts: readonly Payout[]): Promise<void>;
}

/** Opens a queue of its own. A Redis that is gone when it ends, and for which BullMQ would wait for ever, keeps what it has. */
export function openPayoutQueue(url: string): PayoutQueue {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(`payouts-${randomUUID().slice(0, 8)}`, { connection });
  // A connection that breaks is made again by itself.
  connection.on("error", () => {});
  queue.on("error", () => {});
  return {
    queue,
    add: (payouts) => addAll(queue, payouts),
    async [Symbol.asyncDispose]() {
      const limit = new AbortController();
      const removed = queue.obliterate({ force: true }).then(() => queue.close());
      await Promise.race([removed, delay(END_LIMIT_MS, undefined, { signal: limit.signal })]);
      limit.abort();
      connection.disconnect();
    },
  };
}

/**
 * One attempt each: what goes wrong here is no failure of the work. A payout that is added twice is one job, so that all are
 * added again where the connection broke among them.
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
