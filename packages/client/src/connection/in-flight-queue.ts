import type { Pending } from "../operations/pending.js";

/** Below this many dead slots at the head nothing is moved. */
const COMPACT_FROM = 1024;

/** The operations of one connection that were sent and not answered, in the order in which the answers come. */
export class InFlightQueue {
  #items: (Pending | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(pending: Pending): void {
    this.#items.push(pending);
  }

  /** The one whose answer comes next. */
  peek(): Pending | undefined {
    return this.#items[this.#head];
  }

  /** Drops the one whose answer came. */
  shift(): void {
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Empties the queue; gives what was in it, in order. */
  clear(): Pending[] {
    const rest = this.#items.slice(this.#head) as Pending[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
