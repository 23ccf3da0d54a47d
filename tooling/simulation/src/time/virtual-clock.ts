import type { Clock, Timer } from "@conclave/runtime";
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";

/** Milliseconds since 1970 at the beginning of every simulation. */
const EPOCH_MS = 1_700_000_000_000;

/** Clocks of one machine: they run faster or slower than the world's time, and the wall clock jumps. */
export class MachineTime {
  readonly #scheduler: Scheduler;
  #rate = 1;
  /** The machine's monotonic time at {@link #since} of the world. */
  #base: number;
  #since = 0;
  #wallOffset: number;

  /** @param base monotonic time of this machine at the beginning */
  constructor(scheduler: Scheduler, base: number, wallOffset: number) {
    this.#scheduler = scheduler;
    this.#base = base;
    this.#wallOffset = wallOffset;
  }

  get monotonic(): number {
    return this.#base + (this.#scheduler.now - this.#since) * this.#rate;
  }

  get wall(): number {
    return Math.floor(EPOCH_MS + this.monotonic + this.#wallOffset);
  }

  /** Makes the clocks run at another rate from now on; 1 is that of the world. Timers that are set keep their time. */
  setRate(rate: number): void {
    this.#base = this.monotonic;
    this.#since = this.#scheduler.now;
    this.#rate = rate;
  }

  /** Moves the wall clock. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Returns the clock as one life on the machine sees it. */
  clockOf(life: Life): Clock {
    return {
      now: () => this.monotonic,
      wallTime: () => this.wall,
      setTimer: (delayMs: number, callback: () => void): Timer =>
        // Node.js has no shorter timer.
        this.#scheduler.at(this.#scheduler.now + Math.max(delayMs, 1) / this.#rate, life, callback, true),
    };
  }
}
