/**
 * A read that is sent right after another request, before it is known to be needed: if it is needed, it costs no extra round
 * trip. Its answer is no older than that of the request before it, as an ensemble answers a session in order. Drop it after
 * a change or a state change of the connection, when a newer answer may be needed.
 */
export class ReadAhead<T> {
  #answer: Promise<T> | undefined;

  send(read: () => Promise<T>): void {
    this.#answer = read();
    // A failure matters only to a caller that takes the answer.
    this.#answer.catch(() => {});
  }

  /** Returns the answer to the read that was sent, once; else reads. */
  take(read: () => Promise<T>): Promise<T> {
    const answer = this.#answer;
    this.drop();
    return answer ?? read();
  }

  drop(): void {
    this.#answer = undefined;
  }
}
