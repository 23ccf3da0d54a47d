import type { Clock } from "@conclave/runtime";
import { onAbort } from "../operations/on-abort.js";

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const timer = clock.setTimer(delayMs, () => {
      disobey?.();
      resolve();
    });
    const disobey =
      signal &&
      onAbort(signal, () => {
        timer.cancel();
        resolve();
      });
  });
}
