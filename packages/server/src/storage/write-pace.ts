/** A write that takes longer is slow. */
const SLOW_MS = 0.5;
/** Weight of one write in the share of slow ones. */
const WEIGHT = 1 / 16;
/** The share of slow writes from which on a thread makes them. */
const MOST_SLOW = 0.5;
/** Number of writes of a thread before the disk is tried again: it doubles while the disk stays slow. */
const FIRST_PAUSE = 32;
const LONGEST_PAUSE = 8192;
/** A longer write takes the processor long enough for others to notice, and is rare. */
const MAX_BYTES = 16 * 1024;

/**
 * Decides if the process makes a durable write itself, and waits for the disk, or has a thread of Node.js's pool make it. A thread
 * costs two switches between threads, which take longer than a fast disk. For a slow one the process must not wait: nothing else
 * happens meanwhile.
 */
export class WritePace {
  #slowShare = 0;
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
    this.#slowShare += ((ms > SLOW_MS ? 1 : 0) - this.#slowShare) * WEIGHT;
    if (this.#slowShare < MOST_SLOW / 2) this.#pause = FIRST_PAUSE;
    if (this.#slowShare <= MOST_SLOW) return;
    this.#left = this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    // One slow write more ends the trial.
    this.#slowShare = MOST_SLOW;
  }
}
