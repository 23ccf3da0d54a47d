import type { LossCode, Pending } from "./pending.js";

/** Operations that wait for a connection, in the order of their calls. */
export class WaitingQueue {
  readonly #waiting = new Set<Pending>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Takes an operation in. Its data is encoded now; one whose caller gives up leaves at once. */
  add(pending: Pending): void {
    if (pending.settled) return;
    try {
      pending.freeze();
    } catch (error) {
      pending.reject("its arguments cannot be encoded", error);
      return;
    }
    pending.onAbandoned = () => this.#waiting.delete(pending);
    this.#waiting.add(pending);
  }

  /** Empties the queue into `send`, in order. */
  drain(send: (pending: Pending) => void): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const pending of all) {
      pending.onAbandoned = undefined;
      send(pending);
    }
  }

  /** Rejects all that wait. */
  fail(code: LossCode, cause?: unknown): void {
    this.drain((pending) => pending.lose(code, cause));
  }
}
