/** Timer that has not fired yet. Cancelling it twice, or after it fired, has no effect. */
export interface Timer {
  cancel(): void;
}

/** Clocks and timers as a parameter, for all code that reads a clock or waits. */
export interface Clock {
  /** Returns the milliseconds on a monotonic clock of arbitrary origin, for durations and deadlines. */
  now(): number;
  /**
   * Returns the milliseconds since 1970 on the machine's clock, which may jump; for times that people or files read.
   */
  wallTime(): number;
  /** Calls `callback` once, after `delayMs` milliseconds or later. A pending timer keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#handle = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** Longest delay in milliseconds: Node.js fires a timer with a longer delay at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Clocks of this machine. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (delayMs: number, callback: () => void) => new SystemTimer(delayMs, callback),
});
