/**
 * The order of one connection's requests: replies leave in the order in which requests came, though writes take a
 * while and reads do not. A read behind a write of the same connection waits for it; reads of other connections do not.
 */
export class RequestOrder {
  /** What waits behind the first write: `undefined` stands for a further write. */
  #waiting: ((() => void) | undefined)[] = [];
  #writes = 0;

  /** Whether a read may be answered now. */
  get isIdle(): boolean {
    return this.#writes === 0;
  }

  /** How many requests are on their way. */
  get length(): number {
    return this.#writes === 0 ? 0 : this.#waiting.length + 1;
  }

  /** Notes a write on its way; {@link writeDone} must follow when it is answered. */
  write(): void {
    if (this.#writes++ > 0) this.#waiting.push(undefined);
  }

  /** Has `answer` called after the writes before it are done. Only while not idle. */
  read(answer: () => void): void {
    this.#waiting.push(answer);
  }

  /** The oldest write was answered: answers the reads behind it, up to the next write. */
  writeDone(): void {
    this.#writes--;
    let next = 0;
    for (; next < this.#waiting.length; next++) {
      const answer = this.#waiting[next];
      if (answer === undefined) {
        next++;
        break;
      }
      answer();
    }
    this.#waiting.splice(0, next);
  }
}
