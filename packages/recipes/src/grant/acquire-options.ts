import { type Clock, onAbort } from "@conclave/runtime";
import { AcquireTimeoutError } from "./acquire-timeout-error.js";

/** Options of a wait for a grant. */
export interface AcquireOptions {
  /** Gives up waiting: the call rejects with `ABORTED`. No effect once granted. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Gives up after so many milliseconds: the call rejects with an `AcquireTimeoutError`.
   * @default no limit
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the number of waiters ahead of us at each look at the queue, and with 0 just before the grant. Must not
   * throw.
   */
  readonly onPosition?: ((before: number) => void) | undefined;
}

/**
 * Runs `wait` with a signal that aborts with the caller's, and after the caller's time. Where the time ended it, rejects with
 * an {@link AcquireTimeoutError} about `what`.
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
  const tooLate = new AcquireTimeoutError(what, timeoutMs);
  const timer = clock.setTimer(timeoutMs, () => controller.abort(tooLate));
  const removeCallback = onAbort(signal, () => controller.abort(signal?.reason));
  try {
    return await wait(controller.signal);
  } catch (error) {
    throw controller.signal.reason === tooLate ? tooLate : error;
  } finally {
    timer.cancel();
    removeCallback();
  }
}
