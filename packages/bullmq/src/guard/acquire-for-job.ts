import { AcquireTimeoutError, type Grant, Mutex, Semaphore } from "@conclave/recipes";
import type { Job } from "bullmq";
import type { ResolvedGuard } from "./guard-options.js";
import { JobGrants } from "./job-grant.js";

/**
 * Acquires the key of a job and then its permit, by the policy of the guard. Resolves with `undefined` if one of them is not
 * available; then neither is held. Rejects with `ABORTED` when `signal` aborts, and with the errors of the recipes.
 */
export async function acquireForJob<T, R, N extends string>(
  job: Job<T, R, N>,
  options: ResolvedGuard<T, R, N>,
  signal: AbortSignal,
): Promise<JobGrants | undefined> {
  const { client, onSuspended, logger } = options;
  const shared = { id: `${job.queueName}/${job.id}`, onSuspended, logger };
  const key = options.key && new Mutex(client, { ...shared, name: keyOf(job, options.key) });
  const limit = options.limit && new Semaphore(client, { ...shared, ...options.limit(job) });
  const acquired: Grant[] = [];
  try {
    for (const recipe of [key, limit]) {
      if (recipe === undefined) continue;
      const grant = await acquire(recipe, options, signal);
      if (grant === undefined) return undefined;
      acquired.push(grant);
    }
    const [first, ...others] = acquired.splice(0);
    return first && new JobGrants(client, first, ...others);
  } finally {
    await Promise.all(acquired.map((grant) => grant.release()));
  }
}

/** Returns the key of a job. Throws a `TypeError` if it is not a name, as for a job whose data lacks it. */
function keyOf<T, R, N extends string>(job: Job<T, R, N>, read: (job: Job<T, R, N>) => unknown): string {
  const key = read(job);
  if (typeof key === "string" && key !== "") return key;
  throw new TypeError(
    `the key of job ${job.id} in queue ${job.queueName} is ${JSON.stringify(key)}: the key option must return a string that is not empty`,
  );
}

/** Resolves with `undefined` if the recipe is not available, at once or, with `wait`, in time. */
async function acquire(
  recipe: Pick<Mutex | Semaphore, "acquire" | "tryAcquire">,
  { whenBusy, waitTimeoutMs }: Pick<ResolvedGuard<unknown, unknown, string>, "whenBusy" | "waitTimeoutMs">,
  signal: AbortSignal,
): Promise<Grant | undefined> {
  if (whenBusy !== "wait") return recipe.tryAcquire({ signal });
  try {
    return await recipe.acquire({ signal, timeoutMs: waitTimeoutMs });
  } catch (error) {
    if (error instanceof AcquireTimeoutError) return undefined;
    throw error;
  }
}
