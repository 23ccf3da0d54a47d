/** Longer than any test, in milliseconds: the grant is kept until the app shuts down. */
export const KEPT_MS = 60_000;

/** Continues work that was started inside a method, in the async context of that method. */
export class Continuation {
  #resume = (): void => {};
  #result: Promise<unknown> = Promise.resolve();

  /** Registers work; called by the method. */
  later(work: () => unknown): void {
    const resumed = new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    this.#result = resumed.then(work);
    this.#result.catch(() => {});
  }

  /** Starts the work, and returns its result; called by the test. */
  resume(): Promise<unknown> {
    this.#resume();
    return this.#result;
  }
}
