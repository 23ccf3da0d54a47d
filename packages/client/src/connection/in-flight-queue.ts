import type { Sent } from "../requests/pending.js";

/** With fewer dead slots than this at the head, the array is not compacted. */
const COMPACT_FROM = 1024;

/** Operations of one connection that are sent and not answered, in the order of their replies. */
export class InFlightQueue {
  #items: (Sent | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(sent: Sent): void {
    this.#items.push(sent);
  }

  /** Returns the operation that is answered next. */
  peek(): Sent | undefined {
    return this.#items[this.#head];
  }

  /** Returns the operation that is answered after `index` others; `undefined` if there are not so many. */
  at(index: number): Sent | undefined {
    return this.#items[this.#head + index];
  }

  /** Removes the operation that was answered. */
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

  /** Empties the queue and returns its operations in order. */
  clear(): Sent[] {
    const rest = this.#items.slice(this.#head) as Sent[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
