import type { Random } from "@conclave/runtime";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";

/**
 * Puts a job back for about `delayMs`, between half of it and one and a half, without costing it an attempt: by throwing
 * BullMQ's `DelayedError`. Rejects with BullMQ's own error where the job is not ours any more; its check for stalled jobs
 * then sees to it.
 */
export async function putBack(job: Job, token: string, delayMs: number, random: Random): Promise<never> {
  await job.moveToDelayed(Date.now() + Math.ceil(delayMs * (0.5 + random.float())), token);
  throw new DelayedError();
}

const CONTROL = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "UnrecoverableError"]);

/** Whether an error is the processor's word to BullMQ about the job, rather than a failure of its work. */
export function isForBullMq(error: unknown): boolean {
  if (error instanceof UnrecoverableError) return true;
  // BullMQ itself tells them by name, as there may be two copies of it, and a rate limit by its message.
  return error instanceof Error && (CONTROL.has(error.name) || error.message === "bullmq:rateLimitExceeded");
}
