import { UnrecoverableError } from "bullmq";

/**
 * Somebody asked to cancel the job: see {@link requestCancel}. Thrown by a processor, as by `signal.throwIfAborted()`, it
 * fails the job for good: BullMQ does not try it again.
 */
export class JobCancelledError extends UnrecoverableError {
  readonly jobId: string;
  /** What the one who asked said. */
  readonly reason: string;

  constructor(jobId: string, reason: string) {
    super(`job ${jobId} was cancelled: ${reason}`);
    this.name = "JobCancelledError";
    this.jobId = jobId;
    this.reason = reason;
  }
}
