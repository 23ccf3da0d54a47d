import type { Sent } from "../operations/pending.js";

/** Below this many dead slots at the head nothing is moved. */
const COMPACT_FROM = 1024;

/** What was sent on one connection and not answered, in the order in which the answers come. */
export class InFlightQueue {
  #items: (Sent | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(sent: Sent): void {
    this.#items.push(sent);
  }

  /** The one whose answer comes next. */
  peek(): Sent | undefined {
    return this.#items[this.#head];
  }

  /** Returns the one whose answer comes after `index` others; `undefined` if there are not so many. */
  at(index: number): Sent | undefined {
    return this.#items[this.#head + index];
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
  clear(): Sent[] {
    const rest = this.#items.slice(this.#head) as Sent[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
