/**
 * A read that is sent together with another request, before it is known if its result is needed: a later use costs no round
 * trip. Its result is at least as recent as the reply to that request, as an ensemble answers a session in order. Drop it when
 * a watch fires or the connection changes, because the result may be outdated.
 */
export class ReadAhead<T> {
  #result: Promise<T> | undefined;

  /** Calls `read` now, and keeps its result for the next {@link take}. */
  send(read: () => Promise<T>): void {
    this.#result = read();
    // The error is reported only if the result is taken.
    this.#result.catch(() => {});
  }

  /** Returns the result of the read that was sent, once; if there is none, calls `read`. */
  take(read: () => Promise<T>): Promise<T> {
    const result = this.#result;
    this.drop();
    return result ?? read();
  }

  /** Discards the result: the next {@link take} reads again. */
  drop(): void {
    this.#result = undefined;
  }
}
