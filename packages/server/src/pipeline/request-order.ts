type Answer = () => void;

/**
 * The order of one connection's requests: replies leave in the order in which requests came, though writes take a
 * while and reads do not. A read behind a write of the same connection waits for it; reads of other connections do not.
 *
 * While the connection has more output than its client takes, answers wait too, so that what waits is requests, which
 * are small, and not replies.
 */
export class RequestOrder {
  readonly #isFull: () => boolean;
  /** What waits, from `#head` on, in order: an answer that may be given, or `undefined` for a write on its way. */
  #waiting: (Answer | undefined)[] = [];
  /** The bytes that each of them holds. */
  #costs: number[] = [];
  #bytes = 0;
  #head = 0;
  /** No write before this place is on its way. */
  #firstWrite = 0;

  /** What a request that comes now holds while it waits, in bytes. */
  arriving = 0;

  /** @param isFull whether the connection has more output than it should */
  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  /** Whether a read may be answered now. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether an answer waits for room in the output. */
  get isStalled(): boolean {
    return this.#waiting[this.#head] !== undefined;
  }

  /** How many requests are on their way. */
  get length(): number {
    return this.#waiting.length - this.#head;
  }

  /** The bytes that they hold, by what {@link arriving} said of each. */
  get bytes(): number {
    return this.#bytes;
  }

  #push(answer: Answer | undefined): void {
    this.#waiting.push(answer);
    this.#costs.push(this.arriving);
    this.#bytes += this.arriving;
  }

  /** The first one waits no more. */
  #passHead(): void {
    this.#waiting[this.#head] = undefined;
    this.#bytes -= this.#costs[this.#head]!;
    this.#head++;
  }

  /** Notes a write on its way; {@link writeDone} must follow when it can be answered. */
  write(): void {
    this.#push(undefined);
  }

  /** Has `answer` called after everything before it is answered. Only while not idle. */
  read(answer: Answer): void {
    this.#push(answer);
  }

  /** The oldest write is done: has `answer` called in its turn, at once as a rule, and then the reads behind it. */
  writeDone(answer: Answer): void {
    this.#firstWrite = Math.max(this.#firstWrite, this.#head);
    while (this.#waiting[this.#firstWrite] !== undefined) this.#firstWrite++;
    if (this.#firstWrite === this.#head) {
      this.#passHead();
      this.#firstWrite++;
      answer();
    } else {
      this.#waiting[this.#firstWrite++] = answer;
    }
    this.resume();
  }

  /** Gives the answers that waited for room in the output. */
  resume(): void {
    while (this.#head < this.#waiting.length) {
      const answer = this.#waiting[this.#head];
      if (answer === undefined || this.#isFull()) break;
      this.#passHead();
      answer();
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

/** So many answered requests are kept in front of the others before they are removed, all in one go. */
const MAX_ANSWERED = 64;
