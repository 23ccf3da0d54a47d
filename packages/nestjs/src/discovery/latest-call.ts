/**
 * Calls `look` once after `due()`, one call at a time, and once more if `due()` was called while it worked. `look` must not
 * reject.
 */
export class LatestCall {
  readonly #look: () => Promise<void>;
  #working: Promise<void> | undefined;
  #isDue = false;
  #isOver = false;

  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  /** Asks for a call. */
  due(): void {
    this.#isDue = true;
    this.#working ??= this.#work();
  }

  /** Stops further calls. Resolves when the running one has ended. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // Events that arrive together lead to one call.
    await Promise.resolve();
    while (this.#isDue && !this.#isOver) {
      this.#isDue = false;
      await this.#look();
    }
    this.#working = undefined;
  }
}
