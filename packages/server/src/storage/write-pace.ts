/** Average time of a write from which on the disk is slow, in milliseconds. */
const SLOW_MS = 0.5;
/** Weight of one write in the average. */
const WEIGHT = 1 / 16;
/** Number of writes of a thread before the disk is tried again: it doubles while the disk stays slow. */
const FIRST_PAUSE = 32;
const LONGEST_PAUSE = 8192;
/** A longer write takes the processor long enough for others to notice, and is rare. */
const MAX_BYTES = 16 * 1024;

/**
 * Decides if the process makes a durable write itself, and waits for the disk, or has a thread of Node.js's pool make it. A thread
 * costs two switches between threads, which take longer than a fast disk. For a slow one the process must not wait: nothing else
 * happens meanwhile. The average time decides, so that one write that takes very long is enough.
 */
export class WritePace {
  #averageMs = 0;
  #pause = FIRST_PAUSE;
  /** Writes of a thread until the next trial. */
  #left = 0;

  /** Returns true if the process should make the next write itself. */
  waits(bytes: number): boolean {
    if (bytes > MAX_BYTES) return false;
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Notes how long the process has waited for a write. */
  waited(ms: number): void {
    this.#averageMs += (ms - this.#averageMs) * WEIGHT;
    if (this.#averageMs < SLOW_MS / 2) this.#pause = FIRST_PAUSE;
    if (this.#averageMs <= SLOW_MS) return;
    this.#left = this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    // One slow write more ends the trial, one fast write makes it last.
    this.#averageMs = SLOW_MS;
  }
}
