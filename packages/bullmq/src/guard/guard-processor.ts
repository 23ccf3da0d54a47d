import { GrantLostError } from "@conclave/recipes";
import type { Job, Processor } from "bullmq";
import { acquireForJob } from "./acquire-for-job.js";
import { delayJob, isInstruction } from "./delay-job.js";
import { type GuardOptions, type ResolvedGuard, resolveGuard } from "./guard-options.js";
import type { GuardedProcessor, JobGrants } from "./job-grant.js";
import { watchSuspension } from "./suspension.js";

/**
 * Returns a BullMQ processor that runs `processor` under a grant of the job's key, a permit, or both.
 *
 * - Results and errors of the processor reach BullMQ unchanged, also a result that it returns after the grant was lost.
 * - If the grant is lost and the processor throws, the job is delayed for about `delayMs`, which costs no attempt. Errors
 *   by which a processor instructs BullMQ (`UnrecoverableError`, `DelayedError`, …) are passed on instead.
 * - A job that starts, or waits for its key, while the session is not connected or the worker is closing, is delayed too.
 * - A job with a request to cancel it fails before it starts, with a {@link JobCancelledError}, and is not retried. If it
 *   already runs, `grant.signal` aborts with that error.
 *
 * Throws a `TypeError` that names the mistake and its correction for invalid options, and for a processor that does not
 * declare the grant, because it could not be stopped.
 */
export function guardProcessor<T = unknown, R = unknown, N extends string = string>(
  processor: GuardedProcessor<T, R, N>,
  options: GuardOptions<T, R, N>,
): Processor<T, R, N> {
  requireGrantParameter(processor);
  const resolved = resolveGuard(options);
  // BullMQ creates a signal only for a processor that declares three parameters.
  return (job, token, signal) => {
    if (token === undefined || signal === undefined) throw new TypeError(NO_SIGNAL);
    return run(job, token, signal, processor, resolved);
  };
}

const NO_SIGNAL =
  "BullMQ passed no signal to the guarded processor: pass the processor to the Worker itself, or call it from a function that declares all three parameters, (job, token, signal) => guarded(job, token, signal)";

/** Throws a `TypeError` for a processor that cannot learn that its grant is lost. */
function requireGrantParameter(processor: unknown): void {
  if (typeof processor !== "function") {
    throw new TypeError(
      "a guarded processor must be a function: a processor file runs in another process or thread, which cannot be given the grant; pass a function that starts the work and stops it when grant.signal aborts",
    );
  }
  if (processor.length >= 2) return;
  throw new TypeError(
    `a guarded processor must declare the grant, but this one declares ${processor.length} parameter(s): write (job, grant) => …, without default values or rest parameters, and stop the work when grant.signal aborts`,
  );
}

async function run<T, R, N extends string>(
  job: Job<T, R, N>,
  token: string,
  aborted: AbortSignal,
  processor: GuardedProcessor<T, R, N>,
  options: ResolvedGuard<T, R, N>,
): Promise<R> {
  const { cancellations, delayMs, random, logger } = options;
  const about = { queue: job.queueName, job: job.id };
  const delay = (): Promise<never> => delayJob(job, token, delayMs, random);

  using cancellation = cancellations?.watch(job.id ?? "");
  cancellation?.signal.throwIfAborted();
  const cancelled = cancellation === undefined ? aborted : AbortSignal.any([aborted, cancellation.signal]);
  const grants = await acquireUnlessSuspended(job, options, cancelled);
  if (grants === SUSPENDED) {
    logger.debug("job delayed: the session is not connected, or the worker is closing", about);
    return await delay();
  }
  if (grants === undefined) {
    const { whenBusy } = options;
    logger.debug(`job ${whenBusy === "skip" ? "skipped" : "delayed"}: its key is held or its limit is reached`, about);
    return whenBusy === "skip" ? (undefined as R) : await delay();
  }
  await using _ = grants;
  if (cancelled.aborted) throw cancellationError(cancelled);
  // The process may have been stopped for longer than the session since the grant was acquired.
  if (grants.isKnownLost()) {
    logger.warn("job delayed: its grant was lost before the processor began", about);
    return await delay();
  }
  const settled = new AbortController();
  try {
    return await processor(job, grants.toGrant(AbortSignal.any([cancelled, settled.signal])), token);
  } catch (error) {
    // The key is held until the job is delayed, but work that the processor left running must see the grant end now.
    settled.abort(new GrantLostError("RELEASED", `the grant of job ${job.id} ended with its processor`));
    if (isInstruction(error) || !(await grants.isLost())) throw error;
    logger.warn("job delayed: its grant was lost while it ran", { ...about, error });
    // Awaited here: a rejection without a handler while the grants are released would end the process.
    return await delay();
  }
}

const SUSPENDED = Symbol("suspended");

/** Acquires for a job; resolves with `SUSPENDED` instead if no job may start at any moment before it has acquired. */
async function acquireUnlessSuspended<T, R, N extends string>(
  job: Job<T, R, N>,
  options: ResolvedGuard<T, R, N>,
  cancelled: AbortSignal,
): Promise<JobGrants | undefined | typeof SUSPENDED> {
  using suspension = watchSuspension(options.client, options.closing);
  try {
    return await acquireForJob(job, options, AbortSignal.any([cancelled, suspension.signal]));
  } catch (error) {
    if (suspension.signal.aborted) return SUSPENDED;
    if (!cancelled.aborted) throw error;
    throw cancellationError(cancelled);
  }
}

/** Returns the reason of a signal that cancels a job, as an error. */
function cancellationError({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(`job cancelled by BullMQ: ${reason}`);
}
