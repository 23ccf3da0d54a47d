/**
 * A read that is sent before it is known to be needed, right behind another request: where it is needed, it has cost no round
 * trip of its own. Its answer is no older than that of the request before, as an ensemble answers a session in order. Whoever
 * hears of a change, or of the connection, drops it: what comes after that may have to be newer.
 */
export class ReadAhead<T> {
  #answer: Promise<T> | undefined;

  send(read: () => Promise<T>): void {
    this.#answer = read();
    // Where it fails and nobody takes it, nobody needs it.
    this.#answer.catch(() => {});
  }

  /** The answer to what was sent, once; else reads. */
  take(read: () => Promise<T>): Promise<T> {
    const answer = this.#answer;
    this.drop();
    return answer ?? read();
  }

  drop(): void {
    this.#answer = undefined;
  }
}
