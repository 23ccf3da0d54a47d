import { inspect } from "node:util";
import type { ZooKeeper } from "@conclave/client";
import type { OnSuspended } from "@conclave/recipes";
import { type Logger, type Random, silentLogger, systemRandom } from "@conclave/runtime";
import type { Job } from "bullmq";
import type { JobCancellations } from "../cancellation/job-cancellations.js";

/** Limit on the number of jobs that run at the same time, shared by all guards that use the same name. */
export interface JobLimit {
  /** Name of the semaphore, which is kept at the path `/conclave/semaphores/<name>`. */
  readonly name: string;
  /** Number of permits, from 1 on. All guards that share the name must give the same number. */
  readonly permits: number;
}

/** Options of a guard. It needs a `key`, a `limit`, or both. */
export interface GuardOptions<T = unknown, R = unknown, N extends string = string> {
  /** Session that holds the grants of the jobs. The guard does not close it. */
  readonly client: ZooKeeper;
  /**
   * Returns the name of the lock that a job needs. Jobs with the same key exclude each other, in all queues and processes,
   * and also every other holder of that lock: it is the `Mutex` at `/conclave/locks/<key>`, with the layout of Curator's
   * `InterProcessMutex`. Start it with the kind of thing that it identifies, as in `account-7`.
   */
  readonly key?: ((job: Job<T, R, N>) => string) | undefined;
  /** Limit that a job counts towards. Its permit is acquired after the key. */
  readonly limit?: JobLimit | ((job: Job<T, R, N>) => JobLimit) | undefined;
  /**
   * Policy for a job whose key is held by another contender, or whose limit is reached.
   *
   * - `delay`: the job is delayed for about {@link delayMs}, which costs no attempt; the worker continues with other jobs.
   * - `wait`: the job waits in the queue of the lock, first come, first served, and takes up a part of the worker's
   *   `concurrency`. After {@link waitTimeoutMs} it is delayed, as with `delay`.
   * - `skip`: the job completes with `undefined`, and the processor does not run.
   *
   * @default "delay"
   */
  readonly whenBusy?: "delay" | "wait" | "skip" | undefined;
  /**
   * Mean delay of a delayed job in milliseconds. Each delay is random between half and one and a half times of it, so that
   * jobs with the same key do not all return at once.
   * @default 1_000
   */
  readonly delayMs?: number | undefined;
  /**
   * Time limit in milliseconds with `wait`: for the key, and then again for the permit.
   * @default no limit
   */
  readonly waitTimeoutMs?: number | undefined;
  /**
   * Effect of a lost connection on running jobs. `revoke`: their signals abort at once. `keep`: their signals abort when
   * the session expires.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * Aborts when the worker begins to close: jobs that wait for their key, and jobs that start later, are delayed.
   * `guardedWorker` adds a signal of its own.
   * @default none
   */
  readonly closing?: AbortSignal | undefined;
  /**
   * Requests to cancel jobs. `guardedWorker` follows those of its queue without this option.
   * @default none
   */
  readonly cancellations?: JobCancellations | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

/** Options of a guard after validation, with defaults filled in. */
export interface ResolvedGuard<T, R, N extends string> {
  readonly client: ZooKeeper;
  readonly key: ((job: Job<T, R, N>) => string) | undefined;
  readonly limit: ((job: Job<T, R, N>) => JobLimit) | undefined;
  readonly whenBusy: "delay" | "wait" | "skip";
  readonly delayMs: number;
  readonly waitTimeoutMs: number | undefined;
  readonly onSuspended: OnSuspended | undefined;
  readonly closing: AbortSignal | undefined;
  readonly cancellations: JobCancellations | undefined;
  readonly logger: Logger;
  readonly random: Random;
}

/** Validates options and fills in the defaults. Throws a `TypeError` that names the invalid option and its correction. */
export function resolveGuard<T, R, N extends string>(options: GuardOptions<T, R, N>): ResolvedGuard<T, R, N> {
  const { client, key, limit, whenBusy = "delay", delayMs = 1_000, waitTimeoutMs, onSuspended } = options;
  const { closing, cancellations, logger = silentLogger, random = systemRandom } = options;
  if (key === undefined && limit === undefined) {
    throw new TypeError(
      'a guard needs a key, as in { key: (job) => "account-" + job.data.account }, or a limit, or both',
    );
  }
  if (!client) {
    throw new TypeError("a guard needs a client, the session that holds its grants: { client: await connect(…) }");
  }
  if (key !== undefined && typeof key !== "function") {
    throw new TypeError(`key must be a function of the job, not ${typeof key}: for one key for all jobs, () => "name"`);
  }
  if (whenBusy !== "delay" && whenBusy !== "wait" && whenBusy !== "skip") {
    throw new TypeError(`whenBusy must be "delay", "wait" or "skip", not ${JSON.stringify(whenBusy)}`);
  }
  if (onSuspended !== undefined && onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`onSuspended must be "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
  }
  if (!(delayMs >= 1 && Number.isFinite(delayMs))) {
    throw new TypeError(`delayMs must be a number of milliseconds from 1 on, not ${String(delayMs)}`);
  }
  if (waitTimeoutMs !== undefined && whenBusy !== "wait") {
    throw new TypeError('waitTimeoutMs needs { whenBusy: "wait" }: with other policies no job waits');
  }
  if (waitTimeoutMs !== undefined && !(waitTimeoutMs >= 0)) {
    throw new TypeError(`waitTimeoutMs must be a number of milliseconds from 0 on, not ${String(waitTimeoutMs)}`);
  }
  const limitOf = limit && resolveLimit(limit);
  const settings = { client, key, limit: limitOf, whenBusy, delayMs, waitTimeoutMs, onSuspended };
  return Object.freeze({ ...settings, closing, cancellations, logger, random });
}

/** Returns the function that gives the limit of a job. A limit that is not a function is validated at once. */
function resolveLimit<T, R, N extends string>(
  limit: JobLimit | ((job: Job<T, R, N>) => JobLimit),
): (job: Job<T, R, N>) => JobLimit {
  if (typeof limit === "function") return (job) => checkedLimit(limit(job));
  const checked = checkedLimit(limit);
  return () => checked;
}

function checkedLimit(limit: JobLimit): JobLimit {
  const isName = typeof limit?.name === "string" && limit.name !== "";
  if (isName && Number.isSafeInteger(limit.permits) && limit.permits >= 1) return limit;
  throw new TypeError(`a limit must be an object such as { name: "bank", permits: 3 }, not ${inspect(limit)}`);
}
