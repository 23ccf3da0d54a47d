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
    this.#take([...this.#waiting], send);
  }

  /** Passes the operations that a read-only server may answer to `send`, in order; the others keep waiting. */
  drainReadOnly(send: (pending: Pending) => void): void {
    this.#take(
      [...this.#waiting].filter((pending) => !pending.needsSession),
      send,
    );
  }

  /** Rejects all operations in the queue. */
  fail(code: LossCode, cause?: unknown): void {
    this.drain((pending) => pending.failWith(code, cause));
  }

  #take(taken: readonly Pending[], send: (pending: Pending) => void): void {
    for (const pending of taken) this.#waiting.delete(pending);
    for (const pending of taken) {
      pending.onAbandoned = undefined;
      send(pending);
    }
  }
}
