import type { RequestThrottleOptions } from "../options/throttle-options.js";

/** Somebody whose requests wait. */
export interface Waiter {
  /** There is room: hands in what waits, and waits again with the rest. */
  goOn(): void;
}

/** Holds requests back while too many are in process; who waits is let on in the order in which they came. */
export class RequestThrottle {
  readonly #maxRequests: number;
  readonly #inProcess: () => number;
  readonly #waiting = new Set<Waiter>();
  readonly refuseAfterMs: number;
  readonly cutsStale: boolean;

  constructor({ maxRequests, refuseAfterMs = 0, cutsStale = false }: RequestThrottleOptions, inProcess: () => number) {
    this.#maxRequests = maxRequests;
    this.#inProcess = inProcess;
    this.refuseAfterMs = refuseAfterMs === 0 ? Number.POSITIVE_INFINITY : refuseAfterMs;
    this.cutsStale = cutsStale;
  }

  /** Whether a request may go on now. If not, `waiter` is told when it may. */
  admits(waiter: Waiter): boolean {
    if (this.#inProcess() < this.#maxRequests) return true;
    this.#waiting.add(waiter);
    return false;
  }

  /** Some requests are done: lets on those who wait, as far as there is room. */
  wake(): void {
    for (const waiter of [...this.#waiting]) {
      if (this.#inProcess() >= this.#maxRequests) return;
      this.#waiting.delete(waiter);
      waiter.goOn();
    }
  }

  /** Somebody is gone. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }
}
