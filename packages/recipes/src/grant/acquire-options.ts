import { type Clock, onAbort } from "@conclave/runtime";
import { AcquireTimeoutError } from "./acquire-timeout-error.js";

/** Options of a wait for a grant. */
export interface AcquireOptions {
  /** Aborts the wait: the call rejects with `ABORTED`. No effect after the grant. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Maximum wait in milliseconds: after it the call rejects with an `AcquireTimeoutError`.
   * @default no limit
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the number of waiters ahead at each read of the queue, and with 0 just before the grant. Must not throw.
   */
  readonly onPosition?: ((before: number) => void) | undefined;
}

/**
 * Runs `wait` with a signal that aborts when the caller's signal does, and after `timeoutMs`. After the timeout it rejects with
 * an {@link AcquireTimeoutError} that names `what`.
 */
export async function withinTime<T>(
  what: string,
  { signal, timeoutMs }: AcquireOptions,
  clock: Clock,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return wait(signal);
  if (!(timeoutMs >= 0)) throw new TypeError(`timeoutMs must be 0 or more milliseconds, not ${String(timeoutMs)}`);
  const controller = new AbortController();
  const timedOut = new AcquireTimeoutError(what, timeoutMs);
  const timer = clock.setTimer(timeoutMs, () => controller.abort(timedOut));
  const removeCallback = onAbort(signal, () => controller.abort(signal?.reason));
  try {
    return await wait(controller.signal);
  } catch (error) {
    throw controller.signal.reason === timedOut ? timedOut : error;
  } finally {
    timer.cancel();
    removeCallback();
  }
}
