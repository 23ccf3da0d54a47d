import { backoffDelayMs, pause } from "@conclave/runtime";
import type { RetryPolicy } from "../api/retry-policy.js";
import { isZkError, ZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { type ResolvedRetryPolicy, resolveRetryPolicy } from "./resolve-retry-policy.js";

/** Result of looking for a write with a lost answer. */
export type Finding<T> =
  /** The write was applied; `result` is the result that it would have returned. */
  | { readonly done: true; readonly result: T }
  /** The write was not applied, and will not be. */
  | { readonly done: false };

/** Options of `retry`, in addition to the policy. */
export interface RetryOptions<T> extends RetryPolicy {
  /**
   * Finds out if a write with a lost answer was applied. It is called when there is a connection again, after a `sync`,
   * so that reads show the effects of the write. If it cannot find out, it rejects with an error of its own, or with
   * the given one. A read in it that is lost is called again.
   * @default none: a write with an unknown outcome is not retried
   */
  readonly ifUnknown?: ((error: ZkError) => Promise<Finding<T>>) | undefined;
}

/**
 * Retries an operation where that cannot apply it twice: after a lost connection or session if the operation was not
 * applied (always true for reads), and when a server was too busy (`THROTTLED_OP`). A write with the outcome `unknown`
 * is **not** retried, unless `ifUnknown` finds that it was not applied. An operation that the server rejected is not
 * retried.
 *
 * Rejects with the last error. The state `closed`, or a final expiry, ends it at once.
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
      // If the lookup fails, the outcome stays unknown.
      if (!isTransient(error)) throw isZkError(error) && error.outcome !== "unknown" ? because(unknown, error) : error;
      await beforeNext(zk, failures, unknown, policy);
    }
  }
}

/** Waits as the policy says. Throws `error` if there is no next attempt. */
async function beforeNext(
  zk: ZooKeeper,
  failures: number,
  error: unknown,
  { attempts, initialMs, maxMs, random, clock, signal }: ResolvedRetryPolicy,
): Promise<void> {
  // After an expiry this lets the client start its next session first.
  await Promise.resolve();
  if (failures >= attempts || zk.state === "closed" || zk.state === "expired") throw error;
  const delayMs = backoffDelayMs({ initialMs, maxMs }, failures, random);
  if (delayMs > 0) await pause(clock, delayMs, signal);
  if (signal?.aborted !== true) return;
  const outcome = isZkError(error) ? error.outcome : "unknown";
  throw new ZkError("ABORTED", "retry: aborted by the caller", { outcome, cause: signal.reason });
}

/** Returns true if the operation was certainly not applied, and another attempt may succeed. */
function isTransient(error: unknown): boolean {
  if (isZkError(error, "THROTTLED_OP")) return true;
  return isZkError(error, "CONNECTION_LOSS", "SESSION_EXPIRED") && error.outcome === "not-applied";
}

function because({ code, message, path }: ZkError, cause: unknown): ZkError {
  return new ZkError(code, message, { outcome: "unknown", path, cause });
}
