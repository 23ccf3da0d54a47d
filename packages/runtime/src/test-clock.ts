import { type Clock, systemClock, type Timer } from "./clock.js";

interface PendingTimer {
  readonly dueAtMs: number;
  fire(): void;
}

/** Clock that runs like the system's, and can be advanced. */
export class TestClock implements Clock {
  readonly #pending = new Set<PendingTimer>();
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  wallTime(): number {
    return systemClock.wallTime() + this.#aheadMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = systemClock.setTimer(delayMs, () => pending.fire());
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

  /** Advances the clock by so many milliseconds, and fires the timers that are due then, in the order of their times. */
  advance(byMs: number): void {
    this.#aheadMs += byMs;
    const due = [...this.#pending].filter(({ dueAtMs }) => dueAtMs <= this.now());
    for (const timer of due.sort((a, b) => a.dueAtMs - b.dueAtMs)) if (this.#pending.has(timer)) timer.fire();
  }
}
