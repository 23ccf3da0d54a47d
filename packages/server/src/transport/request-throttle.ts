import type { RequestThrottleOptions } from "../options/throttle-options.js";

/** A connection whose requests wait. */
export interface Waiter {
  /** Handles waiting requests as far as there is room, and waits again with the rest. */
  proceed(): void;
}

/** Delays requests while too many are in process; waiting connections continue in the order in which they arrived. */
export class RequestThrottle {
  readonly #maxRequests: number;
  readonly #inProcess: () => number;
  readonly #waiting = new Set<Waiter>();
  readonly refuseAfterMs: number;
  readonly closesStale: boolean;

  constructor(
    { maxRequests, refuseAfterMs = 0, closesStale = false }: RequestThrottleOptions,
    inProcess: () => number,
  ) {
    this.#maxRequests = maxRequests;
    this.#inProcess = inProcess;
    this.refuseAfterMs = refuseAfterMs === 0 ? Number.POSITIVE_INFINITY : refuseAfterMs;
    this.closesStale = closesStale;
  }

  /** Returns true if a request may be handled now. If not, `waiter` is called when it may. */
  admits(waiter: Waiter): boolean {
    if (this.#inProcess() < this.#maxRequests) return true;
    this.#waiting.add(waiter);
    return false;
  }

  /** Lets waiting connections continue, as far as there is room. */
  wake(): void {
    for (const waiter of [...this.#waiting]) {
      if (this.#inProcess() >= this.#maxRequests) return;
      this.#waiting.delete(waiter);
      waiter.proceed();
    }
  }

  /** Removes a closed connection. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }
}
