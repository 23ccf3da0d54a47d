import { GrantLostError } from "@conclave/recipes";
import type { Job, Processor } from "bullmq";
import { type GuardOptions, type ResolvedGuard, resolveGuard } from "./guard-options.js";
import { watchForHindrance } from "./hindrance.js";
import type { GuardedProcessor, HeldForJob } from "./job-grant.js";
import { isForBullMq, putBack } from "./put-back.js";
import { winForJob } from "./win-for-job.js";

/**
 * A BullMQ processor that runs `processor` under a grant: the job's key, a permit, or both.
 *
 * - Its result and its errors are the processor's own, unchanged, also where the grant was lost before it returned.
 * - Where the grant was lost and the processor threw, the job is put back for about `delayMs`, which costs it no attempt.
 *   Errors by which a processor tells BullMQ what to do with the job (`UnrecoverableError`, `DelayedError`, …) stay.
 * - A job that starts, or waits for its key, while the session is not connected, or the worker closes, is put back too.
 * - A job that another process asks to cancel fails before it starts, with a {@link JobCancelledError}, and is not tried
 *   again; one that runs sees `grant.signal` abort with that error as its reason.
 *
 * Throws a `TypeError` that says what to do for options that are wrong, and for a processor that does not take the grant:
 * nothing could tell it to stop.
 */
export function guard<T = unknown, R = unknown, N extends string = string>(
  processor: GuardedProcessor<T, R, N>,
  options: GuardOptions<T, R, N>,
): Processor<T, R, N> {
  refuseDeaf(processor);
  const resolved = resolveGuard(options);
  // BullMQ makes a signal only for a processor that declares three parameters.
  return (job, token, signal) => {
    if (token === undefined || signal === undefined) throw new TypeError(NO_SIGNAL);
    return run(job, token, signal, processor, resolved);
  };
}

const NO_SIGNAL =
  "BullMQ gave the guarded processor no signal: hand it to the Worker itself, or call it from a function that declares all three parameters, (job, token, signal) => guarded(job, token, signal)";

/** A processor that cannot hear that its grant is lost is not to be guarded. */
function refuseDeaf(processor: unknown): void {
  if (typeof processor !== "function") {
    throw new TypeError(
      "a guarded processor is a function: one in a file of its own runs where its grant cannot be taken away; make it a function that starts the work and ends it when grant.signal aborts",
    );
  }
  if (processor.length >= 2) return;
  throw new TypeError(
    `a guarded processor takes the grant, and this one declares ${processor.length} parameter(s): write (job, grant) => …, with no default and no rest parameter, and end the work when grant.signal aborts`,
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
  const later = (): Promise<never> => putBack(job, token, delayMs, random);

  using cancellation = cancellations?.watch(job.id ?? "");
  cancellation?.signal.throwIfAborted();
  const cancelled = cancellation === undefined ? aborted : AbortSignal.any([aborted, cancellation.signal]);
  const held = await winUnlessHindered(job, options, cancelled);
  if (held === NOT_NOW) {
    logger.debug("a job is put back: the session is not connected, or the worker closes", about);
    return await later();
  }
  if (held === undefined) {
    logger.debug(`a job finds its key or limit taken: ${options.busy}`, about);
    return options.busy === "skip" ? (undefined as R) : await later();
  }
  await using _ = held;
  if (cancelled.aborted) throw cancellationError(cancelled);
  // A process that was stopped meanwhile: the processor must not begin under what is lost.
  if (held.isKnownLost()) {
    logger.warn("job delayed: its grant was lost before the processor began", about);
    return await later();
  }
  const ended = new AbortController();
  try {
    return await processor(job, held.toGrant(AbortSignal.any([cancelled, ended.signal])), token);
  } catch (error) {
    // The key is kept until the job is delayed, but work that the processor left running holds nothing.
    ended.abort(new GrantLostError("RELEASED", `the grant of job ${job.id} ended with its processor`));
    if (isForBullMq(error) || !(await held.isLost())) throw error;
    logger.warn("a job is put back: what it ran under was lost", { ...about, error });
    // Awaited here: a rejection that nobody waits for while the grant is given back would end the process.
    return await later();
  }
}

const NOT_NOW = Symbol("not now");

async function winUnlessHindered<T, R, N extends string>(
  job: Job<T, R, N>,
  options: ResolvedGuard<T, R, N>,
  cancelled: AbortSignal,
): Promise<HeldForJob | undefined | typeof NOT_NOW> {
  using hindrance = watchForHindrance(options.client, options.closing);
  try {
    return await winForJob(job, options, AbortSignal.any([cancelled, hindrance.signal]));
  } catch (error) {
    if (hindrance.signal.aborted) return NOT_NOW;
    if (!cancelled.aborted) throw error;
    throw cancellationError(cancelled);
  }
}

/** Returns the reason of a signal that cancels a job, as an error. */
function cancellationError({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(`cancelled: ${reason}`);
}
