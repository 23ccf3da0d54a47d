/**
 * Calls a function on request, one call at a time. Requests that arrive during a call lead to one further call. The function
 * must not reject.
 */
export class CoalescedCall {
  readonly #call: () => Promise<void>;
  #working: Promise<void> | undefined;
  #isRequested = false;
  #isStopped = false;

  constructor(call: () => Promise<void>) {
    this.#call = call;
  }

  /** Requests a call. */
  request(): void {
    this.#isRequested = true;
    this.#working ??= this.#work();
  }

  /** Stops further calls. Resolves when the running one has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // Events that arrive together lead to one call.
    await Promise.resolve();
    while (this.#isRequested && !this.#isStopped) {
      this.#isRequested = false;
      await this.#call();
    }
    this.#working = undefined;
  }
}
