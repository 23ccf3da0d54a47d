import { type BackendFactory, type ConnectionOptions, type IQueueBackend, Worker, type WorkerOptions } from "bullmq";
import { followSession } from "./follow-session.js";
import { guard } from "./guard.js";
import type { GuardOptions } from "./guard-options.js";
import { JobCancellations } from "./job-cancellations.js";
import type { GuardedProcessor } from "./job-grant.js";
import { refuseStartLimit } from "./refuse-start-limit.js";

/** What BullMQ's `Worker` takes, and how its jobs are guarded. */
export type GuardedWorkerOptions<
  T = unknown,
  R = unknown,
  N extends string = string,
  C = ConnectionOptions,
> = GuardOptions<T, R, N> &
  WorkerOptions<C> & {
    /**
     * BullMQ's factory for where the queue is kept, as `createPostgresBackend`.
     * @default BullMQ's own: Redis
     */
    readonly backend?: BackendFactory<IQueueBackend, C> | undefined;
  };

/**
 * A BullMQ `Worker` whose jobs are guarded as by {@link guard}, which follows the session as by {@link followSession}, and
 * heeds {@link requestCancel}. Resolves when the requests to cancel that stand are known; from then on it takes jobs. Close
 * the worker before the client.
 *
 * Rejects with a `TypeError` that says what to do for options that are wrong, for `maxStartedAttempts`, and for a processor
 * that does not take the grant.
 */
export async function guardedWorker<T = unknown, R = unknown, N extends string = string, C = ConnectionOptions>(
  queue: string,
  processor: GuardedProcessor<T, R, N>,
  options: GuardedWorkerOptions<T, R, N, C>,
): Promise<Worker<T, R, N>> {
  const { client, key, limit, busy, delayMs, waitTimeoutMs, onSuspended, logger, random, ...rest } = options;
  const { closing, cancellations: given, backend, ...workerOptions } = rest;
  const settings = { client, key, limit, busy, delayMs, waitTimeoutMs, onSuspended, logger, random };
  refuseStartLimit(workerOptions);
  // Once before anything is opened, for what it throws.
  guard(processor, settings);
  const cancellations = given ?? (await JobCancellations.follow(client, queue, { logger }));
  const close = (): void => {
    if (given === undefined) void cancellations.close();
  };
  try {
    const ending = new AbortController();
    const ends = closing === undefined ? ending.signal : AbortSignal.any([closing, ending.signal]);
    const guarded = guard(processor, { ...settings, closing: ends, cancellations });
    const worker = new Worker<T, R, N>(queue, guarded, workerOptions as WorkerOptions, backend as never);
    worker.once("closing", () => ending.abort());
    worker.once("closed", close);
    followSession(worker, client);
    return worker;
  } catch (error) {
    close();
    throw error;
  }
}
