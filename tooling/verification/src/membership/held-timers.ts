import { type Clock, systemClock } from "@conclave/runtime";

/** A clock on which timers of one length wait for the test. */
export interface HeldTimers {
  readonly clock: Clock;
  /** Runs the timers that wait. Later ones run at once. */
  elapse(): void;
}

/** Returns the system's clock, but for timers of `heldMs`. */
export function holdTimers(heldMs: number): HeldTimers {
  const waiting = new Set<() => void>();
  let hasElapsed = false;
  const clock: Clock = {
    ...systemClock,
    setTimer: (delayMs, callback) => {
      if (delayMs !== heldMs) return systemClock.setTimer(delayMs, callback);
      if (hasElapsed) return systemClock.setTimer(0, callback);
      waiting.add(callback);
      return { cancel: () => void waiting.delete(callback) };
    },
  };
  const elapse = (): void => {
    hasElapsed = true;
    for (const callback of waiting) callback();
    waiting.clear();
  };
  return { clock, elapse };
}
