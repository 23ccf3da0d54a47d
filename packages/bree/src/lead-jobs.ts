import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { type Logger, onAbort, pause, silentLogger, systemClock } from "@conclave/runtime";
import type Bree from "bree";

/** Options of {@link leadJobs}. */
export interface LeadJobsOptions {
  /** An open client. It is used, and not closed. */
  readonly client: ZooKeeper;
  /** Ends the candidacy: the call resolves when the jobs have stopped and the next leader can start. */
  readonly signal: AbortSignal;
  /**
   * Name of the election among the processes that run these jobs.
   * @default "bree"
   */
  readonly election?: string | undefined;
  /**
   * Name of this candidate in the election.
   * @default a random name
   */
  readonly id?: string | undefined;
  /**
   * Time that a job has to end after Bree's message `cancel`, in milliseconds; then its worker is terminated.
   * @default 5000
   */
  readonly cancelTimeoutMs?: number | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/** Parts of a Bree that {@link leadJobs} uses. */
export type LedBree = Pick<Bree, "config" | "start" | "stop" | "workers">;

/**
 * Runs the jobs of a Bree in one process: the leader among those that call this. Call it in place of `bree.start()`.
 *
 * When this process is elected, it starts all jobs; `workerData.fencingToken` in their workers is the token of its leadership,
 * larger for each later leader. When the leadership ends, it stops the schedule, and sends the message `cancel` to the workers
 * that run; those that have not ended in time are terminated. It leads again only after that.
 *
 * Runs until `signal` aborts, then stops the jobs in the same way and resolves. Rejects with a `TypeError` for invalid options,
 * with Bree's error if the jobs cannot be started, after it has left the election, and with the client's error if the client
 * ends.
 */
export async function leadJobs(bree: LedBree, options: LeadJobsOptions): Promise<void> {
  const { client, signal, election = "bree", id, cancelTimeoutMs = 5000, logger = silentLogger } = options;
  if (typeof client?.getData !== "function") {
    throw new TypeError("leadJobs needs the option client, as in { client: await connect(…), signal }");
  }
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError("leadJobs needs the option signal, which ends it: new AbortController().signal");
  }
  if (!(cancelTimeoutMs >= 0)) {
    throw new TypeError(`cancelTimeoutMs must be 0 or more milliseconds, not ${String(cancelTimeoutMs)}`);
  }
  const lead = async (leadership: Leadership): Promise<void> => {
    passToken(bree, leadership);
    // If this rejects, Bree has found an error in its jobs and runs none.
    await bree.start();
    logger.info(`started the jobs of ${election}`, { fencingToken: leadership.fencingToken });
    await aborted(leadership.signal);
    await stop(bree, cancelTimeoutMs);
    logger.info(`stopped the jobs of ${election}`, { error: leadership.signal.reason });
  };
  await new LeaderElection(client, { name: election, id, logger }).lead(lead, { signal });
}

/** Adds the token of the leadership to the data of workers that Bree starts from now on. */
function passToken({ config }: LedBree, { fencingToken }: Leadership): void {
  const { workerData, ...worker } = config.worker;
  config.worker = { ...worker, workerData: { ...(workerData as object | undefined), fencingToken } };
}

/** Stops the schedule and cancels the jobs that run; resolves when no worker is left. */
async function stop(bree: LedBree, cancelTimeoutMs: number): Promise<void> {
  const stopped = new AbortController();
  const terminateLate = async (): Promise<void> => {
    await pause(systemClock, cancelTimeoutMs, stopped.signal);
    if (!stopped.signal.aborted) await Promise.all(Array.from(bree.workers.values(), (worker) => worker.terminate()));
  };
  await Promise.all([bree.stop().finally(() => stopped.abort()), terminateLate()]);
}

/** Resolves when the signal has aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}
