import { AcquireTimeoutError, type Grant, Mutex, Semaphore } from "@conclave/recipes";
import type { Job } from "bullmq";
import type { ResolvedGuard } from "./guard-options.js";
import { HeldForJob } from "./job-grant.js";

/**
 * Wins the key of a job and then its permit, by the guard's policy; `undefined` where one of them is not to be had, and then
 * none is held. Rejects with `ABORTED` when `signal` aborts, and with what the recipes reject with.
 */
export async function winForJob<T, R, N extends string>(
  job: Job<T, R, N>,
  options: ResolvedGuard<T, R, N>,
  signal: AbortSignal,
): Promise<HeldForJob | undefined> {
  const { client, onSuspended, logger } = options;
  const shared = { id: `${job.queueName}/${job.id}`, onSuspended, logger };
  const key = options.key && new Mutex(client, { ...shared, name: keyOf(job, options.key) });
  const limit = options.limit && new Semaphore(client, { ...shared, ...options.limit(job) });
  const won: Grant[] = [];
  try {
    for (const recipe of [key, limit]) {
      if (recipe === undefined) continue;
      const grant = await win(recipe, options, signal);
      if (grant === undefined) return undefined;
      won.push(grant);
    }
    const [first, ...others] = won.splice(0);
    return first && new HeldForJob(client, first, ...others);
  } finally {
    await Promise.all(won.map((grant) => grant.release()));
  }
}

/** The job's key. Throws a `TypeError` for what is none, as of a job whose data lacks it. */
function keyOf<T, R, N extends string>(job: Job<T, R, N>, read: (job: Job<T, R, N>) => unknown): string {
  const key = read(job);
  if (typeof key === "string" && key !== "") return key;
  throw new TypeError(`the key of job ${job.id} is ${JSON.stringify(key)}: it has to be a string that is not empty`);
}

/** `undefined` where it is not to be had, at once or in time. */
async function win(
  recipe: Pick<Mutex | Semaphore, "acquire" | "tryAcquire">,
  { busy, waitTimeoutMs }: Pick<ResolvedGuard<unknown, unknown, string>, "busy" | "waitTimeoutMs">,
  signal: AbortSignal,
): Promise<Grant | undefined> {
  if (busy !== "wait") return recipe.tryAcquire({ signal });
  try {
    return await recipe.acquire({ signal, timeoutMs: waitTimeoutMs });
  } catch (error) {
    if (error instanceof AcquireTimeoutError) return undefined;
    throw error;
  }
}
