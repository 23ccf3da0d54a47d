import type { LossCode, Pending } from "./pending.js";

/** Operations that wait for a connection, in the order of their calls. */
export class WaitingQueue {
  readonly #waiting = new Set<Pending>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Adds an operation and encodes its data now. An operation that its caller aborts leaves the queue at once. */
  add(pending: Pending): void {
    if (pending.settled) return;
    try {
      pending.freeze();
    } catch (error) {
      pending.reject("the arguments cannot be encoded", error);
      return;
    }
    pending.onAbandoned = () => this.#waiting.delete(pending);
    this.#waiting.add(pending);
  }

  /** Passes all operations to `send`, in order, and empties the queue. */
  drain(send: (pending: Pending) => void): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const pending of all) {
      pending.onAbandoned = undefined;
      send(pending);
    }
  }

  /** Rejects all operations in the queue. */
  fail(code: LossCode, cause?: unknown): void {
    this.drain((pending) => pending.failWith(code, cause));
  }
}
