import type { Clock } from "./clock.js";
import { onAbort } from "./on-abort.js";

/**
 * Resolves after `delayMs` milliseconds or later, or as soon as `signal` aborts: check `signal.aborted` afterwards. Never
 * rejects.
 */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const timer = clock.setTimer(delayMs, () => {
      removeCallback();
      resolve();
    });
    const removeCallback = onAbort(signal, () => {
      timer.cancel();
      resolve();
    });
  });
}
