/** A timer that has not fired yet. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as a parameter: what reads a clock or waits takes one of these. */
export interface Clock {
  /** Milliseconds on a monotonic clock of arbitrary origin: for durations and deadlines. Never goes back. */
  now(): number;
  /** Milliseconds since 1970 by the machine's clock, which may jump: for times that people or files read. */
  wallTime(): number;
  /** Calls `callback` once, not before `delayMs` have passed. A pending timer keeps the process alive. */
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

/** Node.js fires a longer timer at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The clocks of this machine. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (delayMs: number, callback: () => void) => new SystemTimer(delayMs, callback),
});
