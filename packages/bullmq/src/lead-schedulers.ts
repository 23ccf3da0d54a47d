import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import type { Logger } from "@conclave/runtime";
import type { JobSchedulerTemplateOptions, Queue, RepeatOptions } from "bullmq";

/** A job scheduler as it is to be: what `queue.upsertJobScheduler` takes after the id. */
export interface DeclaredScheduler {
  readonly repeat: Omit<RepeatOptions, "key">;
  readonly template?:
    | { readonly name?: string; readonly data?: unknown; readonly opts?: JobSchedulerTemplateOptions }
    | undefined;
}

/** How the schedulers of a queue are kept. */
export interface LeadSchedulersOptions {
  readonly client: ZooKeeper;
  /** Ends it: the call resolves when the place in line is given up. */
  readonly signal: AbortSignal;
  /**
   * The election among the processes that keep this queue's schedulers.
   * @default `bullmq-schedulers:` and the name of the queue
   */
  readonly election?: string | undefined;
  /**
   * What this process is called in the election.
   * @default a name by chance
   */
  readonly id?: string | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/**
 * Keeps the job schedulers of a queue as they are declared, in one of the processes that call this: the leader. On being
 * elected it writes those that are declared, and removes all others of the queue. With versions that declare different
 * sets, the leader's set holds until it goes.
 *
 * Runs until `signal` aborts, and resolves then, also where Redis does not answer: what it has been sent by then may still be
 * done. Rejects with BullMQ's error where a scheduler cannot be written or removed,
 * after giving the leadership back, and with the client's error when that has ended for good.
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
    logger?.info(`the job schedulers of ${queue.name} are as declared`, { schedulers: Object.keys(declared) });
    await ended(leadership.signal);
  };
  // BullMQ waits for a Redis that is gone, and who has to go does not wait along.
  const lead = (leadership: Leadership): Promise<void> => Promise.race([write(leadership), ended(leadership.signal)]);
  return new LeaderElection(client, { name: election, id, logger }).lead(lead, { signal });
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
