import type { Clock, Timer } from "@conclave/runtime";

export interface HalfTicksOptions {
  readonly tickMs: number;
  readonly clock: Clock;
  /** Calls back at the end of this turn of the event loop. */
  readonly defer: (task: () => void) => void;
  /** Called before a tick that comes late by more than half a tick, with the time in milliseconds: the process did not run. */
  readonly onStalled: (ms: number) => void;
  /** Called twice in each tick, when what has arrived is read. */
  readonly onTick: (now: number) => void;
}

/** The ticks of a server with learners. */
export class HalfTicks {
  readonly #options: HalfTicksOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: HalfTicksOptions) {
    this.#options = options;
  }

  /** Begins; the first call comes after half a tick. */
  start(): void {
    const { clock, tickMs, defer, onStalled, onTick } = this.#options;
    if (this.#isStopped) return;
    const due = clock.now() + tickMs / 2;
    this.#timer = clock.setTimer(tickMs / 2, () => {
      const late = clock.now() - due;
      if (late > tickMs / 2) onStalled(late);
      // What has arrived is read first.
      defer(() => {
        if (this.#isStopped) return;
        onTick(clock.now());
        this.start();
      });
    });
  }

  /** Ends the calls for good. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
