import { inspect } from "node:util";
import type { ZooKeeper } from "@conclave/client";
import type { OnSuspended } from "@conclave/recipes";
import { type Logger, type Random, silentLogger, systemRandom } from "@conclave/runtime";
import type { Job } from "bullmq";
import type { JobCancellations } from "./job-cancellations.js";

/** At most so many at a time, of all who use the same name. */
export interface JobLimit {
  /** The name of the semaphore: the path `/conclave/semaphores/<name>`. */
  readonly name: string;
  /** How many there are. All who share the name have to say the same. */
  readonly permits: number;
}

/** How jobs are guarded. A guard has a `key`, a `limit`, or both. */
export interface GuardOptions<T = unknown, R = unknown, N extends string = string> {
  /** The session that holds what the jobs run under. The guard does not close it. */
  readonly client: ZooKeeper;
  /**
   * Which lock a job needs: jobs with the same key exclude each other, in all queues and processes, and so does whoever
   * else holds that lock. It is the name of a `Mutex`, at `/conclave/locks/<key>`, as Curator's `InterProcessMutex` lays it
   * out. Begin it with what it is a key of, as in `account-7`.
   */
  readonly key?: ((job: Job<T, R, N>) => string) | undefined;
  /** Which limit a job counts towards. It is asked for when the key is held. */
  readonly limit?: JobLimit | ((job: Job<T, R, N>) => JobLimit) | undefined;
  /**
   * What happens to a job whose key is held by somebody else, or whose limit is reached.
   *
   * - `delay`: it is put back for about {@link delayMs}, which costs no attempt; the worker goes on with other jobs.
   * - `wait`: it stands in line, in the order of asking, and takes up one of the worker's places. After
   *   {@link waitTimeoutMs} it is put back, as with `delay`.
   * - `skip`: it completes with `undefined`, and the processor does not run.
   *
   * @default "delay"
   */
  readonly busy?: "delay" | "wait" | "skip" | undefined;
  /**
   * For how long a job is put back, in milliseconds; each time by chance between half of it and one and a half, so that
   * those who wait for one key do not all come back at once.
   * @default 1_000
   */
  readonly delayMs?: number | undefined;
  /**
   * With `wait`: how long for the key, and then for the limit, in milliseconds.
   * @default no limit
   */
  readonly waitTimeoutMs?: number | undefined;
  /**
   * What a lost connection does to running jobs. `revoke`: their signals abort at once. `keep`: they go on, at most until
   * the session expires.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * Aborts when the worker is about to close: jobs that wait for their key, or start still, are put back. `guardedWorker`
   * has one of its own.
   * @default none
   */
  readonly closing?: AbortSignal | undefined;
  /**
   * Requests of other processes to cancel jobs. `guardedWorker` follows those of its queue by itself.
   * @default none are heeded
   */
  readonly cancellations?: JobCancellations | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

/** Options with nothing left open. */
export interface ResolvedGuard<T, R, N extends string> {
  readonly client: ZooKeeper;
  readonly key: ((job: Job<T, R, N>) => string) | undefined;
  readonly limit: ((job: Job<T, R, N>) => JobLimit) | undefined;
  readonly busy: "delay" | "wait" | "skip";
  readonly delayMs: number;
  readonly waitTimeoutMs: number | undefined;
  readonly onSuspended: OnSuspended | undefined;
  readonly closing: AbortSignal | undefined;
  readonly cancellations: JobCancellations | undefined;
  readonly logger: Logger;
  readonly random: Random;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong, and what to do. */
export function resolveGuard<T, R, N extends string>(options: GuardOptions<T, R, N>): ResolvedGuard<T, R, N> {
  const { client, key, limit, busy = "delay", delayMs = 1_000, waitTimeoutMs, onSuspended } = options;
  const { closing, cancellations, logger = silentLogger, random = systemRandom } = options;
  if (key === undefined && limit === undefined) {
    throw new TypeError(
      'a guard has a key, as in { key: (job) => "account-" + job.data.account }, or a limit, or both',
    );
  }
  if (!client)
    throw new TypeError("a guard has a client, the session that holds its keys: { client: await connect(…) }");
  if (key !== undefined && typeof key !== "function") {
    throw new TypeError(`key is a function of the job, not ${typeof key}: one key for all jobs is () => "name"`);
  }
  if (busy !== "delay" && busy !== "wait" && busy !== "skip") {
    throw new TypeError(`busy is "delay", "wait" or "skip", not ${JSON.stringify(busy)}`);
  }
  if (onSuspended !== undefined && onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`onSuspended is "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
  }
  if (!(delayMs >= 1 && Number.isFinite(delayMs))) {
    throw new TypeError(`delayMs is a number of milliseconds from 1 on, not ${String(delayMs)}`);
  }
  if (waitTimeoutMs !== undefined && busy !== "wait") {
    throw new TypeError('waitTimeoutMs needs { busy: "wait" }: jobs are not waited for otherwise');
  }
  if (waitTimeoutMs !== undefined && !(waitTimeoutMs >= 0)) {
    throw new TypeError(`waitTimeoutMs is a number of milliseconds, not ${String(waitTimeoutMs)}`);
  }
  const limitOf = limit && readLimit(limit);
  const settings = { client, key, limit: limitOf, busy, delayMs, waitTimeoutMs, onSuspended };
  return Object.freeze({ ...settings, closing, cancellations, logger, random });
}

/** Reads a limit: at once, where it is no function of the job. */
function readLimit<T, R, N extends string>(
  limit: JobLimit | ((job: Job<T, R, N>) => JobLimit),
): (job: Job<T, R, N>) => JobLimit {
  if (typeof limit === "function") return (job) => checkedLimit(limit(job));
  const checked = checkedLimit(limit);
  return () => checked;
}

function checkedLimit(limit: JobLimit): JobLimit {
  const isName = typeof limit?.name === "string" && limit.name !== "";
  if (isName && Number.isSafeInteger(limit.permits) && limit.permits >= 1) return limit;
  throw new TypeError(`a limit is { name: "bank", permits: 3 }, and not ${inspect(limit)}`);
}
