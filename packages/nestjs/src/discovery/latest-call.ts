/**
 * Calls `look` again and again, one at a time: after each `due()`, and once for all that became due while it worked.
 * `look` must not reject.
 */
export class LatestCall {
  readonly #look: () => Promise<void>;
  #working: Promise<void> | undefined;
  #isDue = false;
  #isOver = false;

  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  /** There is something to look at. */
  due(): void {
    this.#isDue = true;
    this.#working ??= this.#work();
  }

  /** No further calls; resolves when the one that works has ended. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is told together is looked at together.
    await Promise.resolve();
    while (this.#isDue && !this.#isOver) {
      this.#isDue = false;
      await this.#look();
    }
    this.#working = undefined;
  }
}
