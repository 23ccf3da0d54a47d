/** A longer turn of the event loop counts as a stall. */
const STALL_MS = 5;
/** Time after a stall in which the order of events may be wrong. */
const AFTERMATH_MS = 50;

/**
 * Detects stalls of this process's event loop, which a busy machine causes: after one, timers and sockets of several clients in
 * one process report past events in any order.
 */
export class StallDetector {
  readonly #timer: NodeJS.Timeout;
  #turnedAtMs = performance.now();
  #stalledAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#timer = setInterval(() => this.#turn(), 1).unref();
  }

  /** True during a stall and shortly after it, while the order of events may be wrong. */
  get hasJustStalled(): boolean {
    const now = performance.now();
    return now - this.#turnedAtMs > STALL_MS || now - this.#stalledAtMs < AFTERMATH_MS;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    const now = performance.now();
    if (now - this.#turnedAtMs > STALL_MS) this.#stalledAtMs = now;
    this.#turnedAtMs = now;
  }
}
