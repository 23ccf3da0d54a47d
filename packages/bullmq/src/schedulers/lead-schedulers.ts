import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { type Logger, onAbort } from "@conclave/runtime";
import type { JobSchedulerTemplateOptions, Queue, RepeatOptions } from "bullmq";

/** Declaration of a job scheduler: the arguments of `queue.upsertJobScheduler` after the id. */
export interface DeclaredScheduler {
  readonly repeat: Omit<RepeatOptions, "key">;
  readonly template?:
    | { readonly name?: string; readonly data?: unknown; readonly opts?: JobSchedulerTemplateOptions }
    | undefined;
}

/** Options of {@link leadSchedulers}. */
export interface LeadSchedulersOptions {
  readonly client: ZooKeeper;
  /** Ends the candidacy: the call resolves when it has left the election. */
  readonly signal: AbortSignal;
  /**
   * Name of the election among the processes that declare this queue's schedulers.
   * @default `bullmq-schedulers:` and the name of the queue
   */
  readonly election?: string | undefined;
  /**
   * Name of this candidate in the election.
   * @default a random name
   */
  readonly id?: string | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/**
 * Writes the job schedulers of a queue from one process: the leader among those that call this. When it is elected, it
 * writes the declared schedulers and removes all others of the queue. If versions of a service declare different sets,
 * the queue has the set of the current leader.
 *
 * Runs until `signal` aborts and then resolves, even if Redis does not answer; commands that were sent to Redis before may
 * still take effect. Rejects with BullMQ's error if a scheduler cannot be written or removed, after it has left the
 * election, and with the client's error if the client ends.
 */
export function leadSchedulers(
  queue: Pick<Queue, "name" | "upsertJobScheduler" | "getJobSchedulers" | "removeJobScheduler">,
  declared: Readonly<Record<string, DeclaredScheduler>>,
  { client, signal, election = `bullmq-schedulers:${queue.name}`, id, logger }: LeadSchedulersOptions,
): Promise<void> {
  const write = async (leadership: Leadership): Promise<void> => {
    for (const [key, { repeat, template = {} }] of Object.entries(declared)) {
      leadership.signal.throwIfAborted();
      await queue.upsertJobScheduler(key, repeat, template);
    }
    for (const { key } of await queue.getJobSchedulers(0, -1)) {
      if (Object.hasOwn(declared, key)) continue;
      leadership.signal.throwIfAborted();
      await queue.removeJobScheduler(key);
    }
    logger?.info(`job schedulers of queue ${queue.name} written as declared`, { schedulers: Object.keys(declared) });
    await aborted(leadership.signal);
  };
  // BullMQ waits without limit for a Redis that does not answer; the end of the leadership must not wait for it.
  const lead = (leadership: Leadership): Promise<void> => Promise.race([write(leadership), aborted(leadership.signal)]);
  return new LeaderElection(client, { name: election, id, logger }).lead(lead, { signal });
}

/** Resolves when the signal has aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}
