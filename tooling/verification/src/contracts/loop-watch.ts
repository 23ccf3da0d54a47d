/** A loop that stood still for so long comes late to what fell due meanwhile. */
const STALL_MS = 5;
/** It has made up for that by then. */
const AFTERMATH_MS = 50;

/**
 * Notices when this process's event loop stands still: on a busy machine it may, and then timers and sockets, of several
 * clients in one process, tell what happened meanwhile in any order.
 */
export class LoopWatch {
  readonly #timer: NodeJS.Timeout;
  #turnedAtMs = performance.now();
  #stalledAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#timer = setInterval(() => this.#turn(), 1).unref();
  }

  /** Whether the loop stood still just now, or so lately that its order may be wrong. */
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
