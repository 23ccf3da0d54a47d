import type { Random } from "@conclave/runtime";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";

/**
 * Moves a running job to the delayed state and throws BullMQ's `DelayedError`, which costs the job no attempt. The delay
 * is random between half of `delayMs` and one and a half times `delayMs`. Rejects with BullMQ's own error if this worker
 * has lost BullMQ's lock of the job; BullMQ's check for stalled jobs then starts the job again.
 */
export async function delayJob(job: Job, token: string, delayMs: number, random: Random): Promise<never> {
  await job.moveToDelayed(Date.now() + Math.ceil(delayMs * (0.5 + random.float())), token);
  throw new DelayedError();
}

const INSTRUCTIONS = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "UnrecoverableError"]);

/** Returns true for an error by which a processor instructs BullMQ, rather than one that reports a failure. */
export function isInstruction(error: unknown): boolean {
  if (error instanceof UnrecoverableError) return true;
  // Compared by name and message, as BullMQ does: the process may contain two copies of BullMQ.
  return error instanceof Error && (INSTRUCTIONS.has(error.name) || error.message === "bullmq:rateLimitExceeded");
}
