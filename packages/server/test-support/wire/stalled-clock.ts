import type { Clock, Timer } from "@conclave/runtime";

/** Time passes only when a test says so, and then all timers are late: as in a process that was stopped meanwhile. */
export class StalledClock implements Clock {
  #now = 0;
  readonly #timers = new Map<object, { readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }
  wallTime(): number {
    return 1_700_000_000_000 + this.#now;
  }
  setTimer(delayMs: number, callback: () => void): Timer {
    const key = {};
    this.#timers.set(key, { at: this.#now + delayMs, callback });
    return { cancel: () => void this.#timers.delete(key) } as Timer;
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const [key, { at, callback }] of [...this.#timers]) {
      if (at > this.#now) continue;
      this.#timers.delete(key);
      callback();
    }
  }
}
