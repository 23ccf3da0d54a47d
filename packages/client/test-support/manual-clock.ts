import type { Clock, Timer } from "@conclave/runtime";

interface Waiting extends Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Clock that moves only when {@link advance} or {@link stall} is called. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<Waiting>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer: Waiting = { atMs: this.#now + delayMs, callback, cancel: () => this.#timers.delete(timer) };
    this.#timers.add(timer);
    return timer;
  }

  /** Number of pending timers. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves the time forward without firing timers, as a stall of the process does. `advance(0)` then fires the due
   * timers.
   */
  stall(byMs: number): void {
    this.#now += byMs;
  }

  /** Fires the timers that are due now, but not those that they set: one turn of the event loop. */
  turn(): void {
    for (const timer of [...this.#timers].filter(({ atMs }) => atMs <= this.#now)) {
      if (this.#timers.delete(timer)) timer.callback();
    }
  }

  /** Moves the time forward and fires due timers in order, including those that they set. */
  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (let next = this.#due(until); next !== undefined; next = this.#due(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.atMs);
      next.callback();
    }
    this.#now = until;
  }

  #due(until: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= until && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  }
}
