/** Writes a reply when its turn has come. */
export interface Answer {
  give(): void;
}

/**
 * The order of one connection's requests: replies leave in the order in which the requests arrived, although writes take
 * time and reads do not. A read waits for earlier writes of its own connection, not for those of others.
 *
 * While the connection has more output than its client reads, answers wait too: requests held in memory are smaller than
 * replies.
 */
export class RequestOrder {
  readonly #isFull: () => boolean;
  /** Requests in order from `#head` on: an answer that is ready, or `undefined` for a write that is not applied. */
  #waiting: (Answer | undefined)[] = [];
  /** Bytes that each of them holds. */
  #costs: number[] = [];
  #bytes = 0;
  #head = 0;
  /** No write before this index is outstanding. */
  #firstWrite = 0;

  /** Bytes that the request being handled holds while it waits. */
  arriving = 0;

  /** @param isFull returns true while the connection has more output than its client should leave unread */
  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  /** True if a read may be answered at once. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** True if an answer waits for room in the output. */
  get isStalled(): boolean {
    return this.#waiting[this.#head] !== undefined;
  }

  /** Number of requests that are not answered. */
  get length(): number {
    return this.#waiting.length - this.#head;
  }

  /** Bytes that they hold, by {@link arriving}. */
  get bytes(): number {
    return this.#bytes;
  }

  #push(answer: Answer | undefined): void {
    this.#waiting.push(answer);
    this.#costs.push(this.arriving);
    this.#bytes += this.arriving;
  }

  #removeFirst(): void {
    this.#waiting[this.#head] = undefined;
    this.#bytes -= this.#costs[this.#head]!;
    this.#head++;
  }

  /** Adds a write; {@link writeDone} must follow when it is applied. */
  write(): void {
    this.#push(undefined);
  }

  /** Adds a read, to be answered in its turn. Only while not idle. */
  read(answer: Answer): void {
    this.#push(answer);
  }

  /** Completes the oldest outstanding write. Gives its answer in its turn, usually at once, and then those of later reads. */
  writeDone(answer: Answer): void {
    this.#firstWrite = Math.max(this.#firstWrite, this.#head);
    while (this.#waiting[this.#firstWrite] !== undefined) this.#firstWrite++;
    if (this.#firstWrite === this.#head) {
      this.#removeFirst();
      this.#firstWrite++;
      answer.give();
    } else {
      this.#waiting[this.#firstWrite++] = answer;
    }
    this.resume();
  }

  /** Gives the answers whose turn it is, as far as there is room in the output. */
  resume(): void {
    while (this.#head < this.#waiting.length) {
      const answer = this.#waiting[this.#head];
      if (answer === undefined || this.#isFull()) break;
      this.#removeFirst();
      answer.give();
    }
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#costs = [];
    } else if (this.#head > MAX_ANSWERED) {
      this.#waiting.splice(0, this.#head);
      this.#costs.splice(0, this.#head);
    } else return;
    this.#firstWrite = Math.max(this.#firstWrite - this.#head, 0);
    this.#head = 0;
  }
}

/** Answered requests that may stay at the front before all of them are removed at once. */
const MAX_ANSWERED = 64;
