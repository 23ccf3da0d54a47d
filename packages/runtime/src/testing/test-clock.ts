import type { Clock, Timer } from "../clock.js";

interface PendingTimer {
  readonly dueAtMs: number;
  fire(): void;
}

/** Clock that stays at 1,000 ms: no test mistakes a time that was never set for a reading. */
const stoppedClock: Clock = Object.freeze({
  now: () => 1_000,
  wallTime: () => 1_000,
  setTimer: () => ({ cancel: () => {} }),
});

/**
 * Clock that a test advances; its timers fire meanwhile, in the order of their times. `new TestClock(systemClock)` runs like the
 * system's clock besides, for tests with real servers.
 */
export class TestClock implements Clock {
  readonly #base: Clock;
  readonly #pending = new Set<PendingTimer>();
  #aheadMs = 0;

  /** Delays of all timers that were set, in milliseconds, in order. */
  readonly delays: number[] = [];

  /**
   * @param base clock that this one is ahead of
   * @default a clock that is stopped
   */
  constructor(base: Clock = stoppedClock) {
    this.#base = base;
  }

  /** Number of timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#base.now() + this.#aheadMs;
  }

  wallTime(): number {
    return this.#base.wallTime() + this.#aheadMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    this.delays.push(delayMs);
    const timer = this.#base.setTimer(delayMs, () => pending.fire());
    const cancel = (): void => {
      this.#pending.delete(pending);
      timer.cancel();
    };
    const pending: PendingTimer = {
      dueAtMs: this.now() + delayMs,
      fire: () => {
        cancel();
        callback();
      },
    };
    this.#pending.add(pending);
    return { cancel };
  }

  /** Advances the time, and fires each timer at its time, also those that are set meanwhile. */
  advance(byMs: number): void {
    const [untilMs, aheadMs] = [this.now() + byMs, this.#aheadMs + byMs];
    for (let next = this.#firstDue(untilMs); next !== undefined; next = this.#firstDue(untilMs)) {
      this.stall(Math.max(0, next.dueAtMs - this.now()));
      next.fire();
    }
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
  }

  /** Advances the time and fires no timer, as a pause of the process does; {@link turn} or `advance(0)` fires those that are due. */
  stall(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** Fires the timers that are due, but not those that are set meanwhile: one turn of the event loop after a {@link stall}. */
  turn(): void {
    const due = [...this.#pending].filter(({ dueAtMs }) => dueAtMs <= this.now());
    for (const timer of due.sort((a, b) => a.dueAtMs - b.dueAtMs)) if (this.#pending.has(timer)) timer.fire();
  }

  #firstDue(untilMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (timer.dueAtMs <= untilMs && (first === undefined || timer.dueAtMs < first.dueAtMs)) first = timer;
    }
    return first;
  }
}
