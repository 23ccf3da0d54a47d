import { backoffDelayMs } from "../connection/backoff.js";
import { isZkError, ZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";
import { pause } from "./pause.js";
import { type ResolvedRetryPolicy, type RetryPolicy, resolveRetryPolicy } from "./retry-policy.js";

/** What became of a write whose answer was lost. */
export type Finding<T> =
  /** It was done; `result` is what it would have told. */
  | { readonly done: true; readonly result: T }
  /** It was not, and it will not be any more. */
  | { readonly done: false };

/** What `retry` takes besides the policy. */
export interface RetryOptions<T> extends RetryPolicy {
  /**
   * Finds out what became of a write whose answer was lost, once there is a connection again; after a `sync`, what the
   * write did or did not is there to be read. Rejects with an error of its own, or with the one given, where that cannot
   * be known. A read in it that is lost is asked for again.
   * @default none: an outcome that is unknown is not tried again
   */
  readonly ifUnknown?: ((error: ZkError) => Promise<Finding<T>>) | undefined;
}

/**
 * Does an operation again where that cannot do it twice: after losses of the connection or the session before it was sent
 * (so for reads always), and where a server was too busy (`THROTTLED_OP`). A write with the outcome `unknown` is **not**
 * tried again, unless `ifUnknown` finds out that it was not done. What a server refused stays refused.
 *
 * Rejects with the last error. A state `closed`, or an expiry for good, ends it at once.
 */
export async function retry<T>(zk: ZooKeeper, operation: () => Promise<T>, options: RetryOptions<T> = {}): Promise<T> {
  const policy = resolveRetryPolicy(options);
  const { ifUnknown } = options;
  for (let failures = 1; ; failures++) {
    let error: unknown;
    try {
      return await operation();
    } catch (failure) {
      error = failure;
    }
    if (isZkError(error) && error.outcome === "unknown" && error.code !== "ABORTED" && ifUnknown !== undefined) {
      const finding = await found(zk, ifUnknown, error, policy);
      if (finding.done) return finding.result;
    } else if (!isTransient(error)) {
      throw error;
    }
    await beforeNext(zk, failures, error, policy);
  }
}

async function found<T>(
  zk: ZooKeeper,
  ifUnknown: (error: ZkError) => Promise<Finding<T>>,
  unknown: ZkError,
  policy: ResolvedRetryPolicy,
): Promise<Finding<T>> {
  for (let failures = 1; ; failures++) {
    try {
      return await ifUnknown(unknown);
    } catch (error) {
      // Where it cannot be found out, what stands is that nobody knows.
      if (!isTransient(error)) throw isZkError(error) && error.outcome !== "unknown" ? because(unknown, error) : error;
      await beforeNext(zk, failures, unknown, policy);
    }
  }
}

/** Waits as the policy says. Throws `error` where there is no next attempt. */
async function beforeNext(
  zk: ZooKeeper,
  failures: number,
  error: unknown,
  { attempts, initialMs, maxMs, random, clock, signal }: ResolvedRetryPolicy,
): Promise<void> {
  // After an expiry, this lets the client turn to its next session first.
  await Promise.resolve();
  if (failures >= attempts || zk.state === "closed" || zk.state === "expired") throw error;
  const delayMs = backoffDelayMs({ initialMs, maxMs }, failures, random);
  if (delayMs > 0) await pause(clock, delayMs, signal);
  if (signal?.aborted !== true) return;
  const outcome = isZkError(error) ? error.outcome : "unknown";
  throw new ZkError("ABORTED", "retry: aborted by the caller", { outcome, cause: signal.reason });
}

/** Whether the same may succeed next time, and was certainly not done this time. */
function isTransient(error: unknown): boolean {
  if (isZkError(error, "THROTTLED_OP")) return true;
  return isZkError(error, "CONNECTION_LOSS", "SESSION_EXPIRED") && error.outcome === "not-applied";
}

function because({ code, message, path }: ZkError, cause: unknown): ZkError {
  return new ZkError(code, message, { outcome: "unknown", path, cause });
}
