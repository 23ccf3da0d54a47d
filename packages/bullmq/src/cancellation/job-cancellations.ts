import type { ZooKeeper } from "@conclave/client";
import { Group, type GroupView } from "@conclave/recipes";
import type { Logger } from "@conclave/runtime";
import { UnrecoverableError } from "bullmq";

/**
 * Reason for the end of a job that was cancelled by {@link requestCancellation}. A processor that throws it, as
 * `signal.throwIfAborted()` does, fails the job for good: BullMQ does not retry it.
 */
export class JobCancelledError extends UnrecoverableError {
  readonly jobId: string;
  /** The `reason` of the request. */
  readonly reason: string;

  constructor(jobId: string, reason: string) {
    super(`job ${jobId} was cancelled: ${reason}`);
    this.name = "JobCancelledError";
    this.jobId = jobId;
    this.reason = reason;
  }
}

/** Data of a request, stored as a member of the group of its queue. */
interface RequestData {
  readonly jobId: string;
  readonly reason: string;
}

function groupOf(client: ZooKeeper, queue: string, logger?: Logger): Group<RequestData> {
  return new Group<RequestData>(client, { name: `bullmq-cancel:${queue}`, logger });
}

/** Options of {@link requestCancellation}. */
export interface CancellationOptions {
  /** Name of the job's queue. */
  readonly queue: string;
  readonly jobId: string;
  /** @default "no reason was given" */
  readonly reason?: string | undefined;
  /** Ends the attempt to place the request: the call rejects with the signal's reason. Has no effect after that. */
  readonly signal?: AbortSignal | undefined;
}

/** A request to cancel a job. Until it is withdrawn, the job is cancelled where it runs, and where it starts again. */
export interface CancellationRequest extends AsyncDisposable {
  /** Removes the request. The end of the client's session removes it too. Idempotent; never rejects. */
  withdraw(): Promise<void>;
}

/**
 * Requests that the process that runs a job cancels it, now or when the job starts. Resolves when the request is stored in
 * the ensemble, which is before the job has ended: BullMQ's `QueueEvents` report that. Withdraw the request after it.
 */
export async function requestCancellation(
  client: ZooKeeper,
  options: CancellationOptions,
): Promise<CancellationRequest> {
  const { queue, jobId, reason = "no reason was given", signal } = options;
  const membership = await groupOf(client, queue).join({ data: { jobId, reason }, signal });
  const withdraw = (): Promise<void> => membership.leave();
  return { withdraw, [Symbol.asyncDispose]: withdraw };
}

/** Watch for requests to cancel one job. Dispose of it when the job has ended. */
export interface CancellationWatch extends Disposable {
  /** Aborts with a {@link JobCancelledError} when there is a request. */
  readonly signal: AbortSignal;
}

/** Live view of the requests to cancel jobs of one queue, for `guardProcessor`. Close it after the worker. */
export class JobCancellations implements AsyncDisposable {
  readonly #view: GroupView<RequestData>;

  private constructor(view: GroupView<RequestData>) {
    this.#view = view;
  }

  /** Follows the requests for a queue. Resolves when the existing requests are known. */
  static async follow(
    client: ZooKeeper,
    queue: string,
    { signal, logger }: { readonly signal?: AbortSignal | undefined; readonly logger?: Logger | undefined } = {},
  ): Promise<JobCancellations> {
    return new JobCancellations(await groupOf(client, queue, logger).follow({ signal }));
  }

  /** Watches for requests to cancel one job. If there is one already, the signal has aborted on return. */
  watch(jobId: string): CancellationWatch {
    const controller = new AbortController();
    const cancelIfRequested = (request: RequestData | undefined): void => {
      if (request?.jobId === jobId) controller.abort(new JobCancelledError(jobId, request.reason));
    };
    const stop = this.#view.on((event) => {
      if (event.type === "joined") cancelIfRequested(event.member.data);
    });
    for (const { data } of this.#view.members) cancelIfRequested(data);
    return { signal: controller.signal, [Symbol.dispose]: stop };
  }

  /** Stops following. Idempotent. */
  close(): Promise<void> {
    return this.#view.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
