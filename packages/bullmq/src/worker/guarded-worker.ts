import { type BackendFactory, type ConnectionOptions, type IQueueBackend, Worker, type WorkerOptions } from "bullmq";
import { JobCancellations } from "../cancellation/job-cancellations.js";
import type { GuardOptions } from "../guard/guard-options.js";
import { guardProcessor } from "../guard/guard-processor.js";
import type { GuardedProcessor } from "../guard/job-grant.js";
import { pauseWhileDisconnected, rejectStartLimit } from "./pause-while-disconnected.js";

/** Options of BullMQ's `Worker` and of the guard of its jobs. */
export type GuardedWorkerOptions<
  T = unknown,
  R = unknown,
  N extends string = string,
  C = ConnectionOptions,
> = GuardOptions<T, R, N> &
  WorkerOptions<C> & {
    /**
     * BullMQ's factory for the backend that stores the queue, such as `createPostgresBackend`.
     * @default BullMQ's default: Redis
     */
    readonly backend?: BackendFactory<IQueueBackend, C> | undefined;
  };

/**
 * Creates a BullMQ `Worker` for guarded jobs. It guards the processor with {@link guardProcessor}, calls
 * {@link pauseWhileDisconnected}, and cancels jobs on {@link requestCancellation}. Resolves when the existing requests to
 * cancel jobs are known; from then on the worker takes jobs. Close the worker before the client.
 *
 * Rejects with a `TypeError` that names the mistake and its correction for invalid options, for `maxStartedAttempts`, and
 * for a processor that does not declare the grant.
 */
export async function guardedWorker<T = unknown, R = unknown, N extends string = string, C = ConnectionOptions>(
  queue: string,
  processor: GuardedProcessor<T, R, N>,
  options: GuardedWorkerOptions<T, R, N, C>,
): Promise<Worker<T, R, N>> {
  const { client, key, limit, whenBusy, delayMs, waitTimeoutMs, onSuspended, logger, random, ...rest } = options;
  const { closing, cancellations: given, backend, ...workerOptions } = rest;
  const settings = { client, key, limit, whenBusy, delayMs, waitTimeoutMs, onSuspended, logger, random };
  rejectStartLimit(workerOptions);
  // Validates before anything is opened.
  guardProcessor(processor, settings);
  const cancellations = given ?? (await JobCancellations.follow(client, queue, { logger }));
  const close = (): void => {
    if (given === undefined) void cancellations.close();
  };
  try {
    const workerCloses = new AbortController();
    const anyCloses = closing === undefined ? workerCloses.signal : AbortSignal.any([closing, workerCloses.signal]);
    const guarded = guardProcessor(processor, { ...settings, closing: anyCloses, cancellations });
    const worker = new Worker<T, R, N>(queue, guarded, workerOptions as WorkerOptions, backend as never);
    worker.once("closing", () => workerCloses.abort());
    worker.once("closed", close);
    pauseWhileDisconnected(worker, client);
    return worker;
  } catch (error) {
    close();
    throw error;
  }
}
