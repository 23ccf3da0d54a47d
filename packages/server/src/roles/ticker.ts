import type { Clock, Timer } from "@conclave/runtime";

/** Turns of the event loop to wait after a stall: one accepts a client, the next reads its request. */
const TURNS_AFTER_STALL = 3;

/**
 * Calls `onTick` at each tick. After a stall of this process it first lets the event loop read the sockets, so that no
 * session expires although its client gave a sign of life in time.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #tickTimeMs: number;
  readonly #onTick: () => void;
  readonly #defer: (task: () => void) => void;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(clock: Clock, tickTimeMs: number, onTick: () => void, defer: (task: () => void) => void = setImmediate) {
    this.#clock = clock;
    this.#tickTimeMs = tickTimeMs;
    this.#onTick = onTick;
    this.#defer = defer;
  }

  start(): void {
    this.#isRunning = true;
    this.#schedule();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
  }

  #schedule(): void {
    const due = this.#clock.now() + this.#tickTimeMs;
    this.#timer = this.#clock.setTimer(this.#tickTimeMs, () => {
      const isLate = this.#clock.now() - due > this.#tickTimeMs / 10;
      this.#tickAfter(isLate ? TURNS_AFTER_STALL : 0);
    });
  }

  #tickAfter(turns: number): void {
    if (!this.#isRunning) return;
    if (turns > 0) {
      this.#defer(() => this.#tickAfter(turns - 1));
      return;
    }
    this.#onTick();
    this.#schedule();
  }
}
