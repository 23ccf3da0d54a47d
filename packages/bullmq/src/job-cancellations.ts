import type { ZooKeeper } from "@conclave/client";
import { Group, type GroupView } from "@conclave/recipes";
import type { Logger } from "@conclave/runtime";
import { JobCancelledError } from "./job-cancelled-error.js";

/** What a request says, as a member of the group of its queue. */
interface Wish {
  readonly jobId: string;
  readonly reason: string;
}

function groupOf(client: ZooKeeper, queue: string, logger?: Logger): Group<Wish> {
  return new Group<Wish>(client, { name: `bullmq-cancel:${queue}`, logger });
}

/** Which job is to be cancelled. */
export interface CancelOptions {
  /** The name of its queue. */
  readonly queue: string;
  readonly jobId: string;
  /** @default "no reason was given" */
  readonly reason?: string | undefined;
  /** Gives up: the call rejects with the signal's reason. Means nothing once the request stands. */
  readonly signal?: AbortSignal | undefined;
}

/** A request that stands: the job is cancelled where it runs, and wherever it starts, until the request is withdrawn. */
export interface CancelRequest extends AsyncDisposable {
  /** Ends the request; also the end of our session does. Idempotent; never rejects. */
  withdraw(): Promise<void>;
}

/**
 * Asks whichever process runs a job to cancel it, now or when it starts. Resolves when the request stands, not when the
 * job has ended: BullMQ's `QueueEvents` tell that. Withdraw the request then.
 */
export async function requestCancel(client: ZooKeeper, options: CancelOptions): Promise<CancelRequest> {
  const { queue, jobId, reason = "no reason was given", signal } = options;
  const membership = await groupOf(client, queue).join({ data: { jobId, reason }, signal });
  const withdraw = (): Promise<void> => membership.leave();
  return { withdraw, [Symbol.asyncDispose]: withdraw };
}

/** Whether a job is to be cancelled, while it runs; to be disposed of. */
export interface CancelWatch extends Disposable {
  /** Aborts with a {@link JobCancelledError}. */
  readonly signal: AbortSignal;
}

/** The requests to cancel jobs of one queue, followed live. Hand it to `guard`, and close it after the worker. */
export class JobCancellations implements AsyncDisposable {
  readonly #view: GroupView<Wish>;

  private constructor(view: GroupView<Wish>) {
    this.#view = view;
  }

  /** Begins to follow the requests for a queue. Resolves when those that stand are known. */
  static async follow(
    client: ZooKeeper,
    queue: string,
    { signal, logger }: { readonly signal?: AbortSignal | undefined; readonly logger?: Logger | undefined } = {},
  ): Promise<JobCancellations> {
    return new JobCancellations(await groupOf(client, queue, logger).follow({ signal }));
  }

  /** Watches for requests about one job; those that stand already count. */
  watch(jobId: string): CancelWatch {
    const controller = new AbortController();
    const heed = (wish: Wish | undefined): void => {
      if (wish?.jobId === jobId) controller.abort(new JobCancelledError(jobId, wish.reason));
    };
    const stop = this.#view.on((event) => {
      if (event.type === "joined") heed(event.member.data);
    });
    for (const { data } of this.#view.members) heed(data);
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
