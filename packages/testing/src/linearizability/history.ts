import { isZkError } from "@conclave/client";

/** One operation, as the one who asked for it saw it. */
export interface HistoryOperation<Input, Output> {
  /** Who asked. It has no bearing on the check; it is for messages. */
  readonly by: string;
  readonly input: Input;
  /** When it was asked for, and {@link returnedAt} when it was answered: any numbers that order all events. */
  readonly calledAt: number;
  /** `undefined` where no answer came, or none that says whether it was done: it was, some time after the call, or never. */
  readonly returnedAt: number | undefined;
  /** What was answered, where that came. */
  readonly output: Output | undefined;
}

/**
 * Records operations of one process as they are made. Calls and answers are numbered in the order in which they happen, so
 * no clock is involved.
 */
export class HistoryRecorder<Input, Output> {
  readonly #operations: HistoryOperation<Input, Output>[] = [];
  #events = 0;

  /** What was recorded so far. Operations under way are among them, as some without an answer. */
  get operations(): readonly HistoryOperation<Input, Output>[] {
    return [...this.#operations];
  }

  /**
   * Makes an operation and records it. Resolves with what it resolves with, and with `undefined` where it rejects: one that
   * was certainly not done (its outcome is `not-applied` or `rejected`) is forgotten, any other stays without an answer.
   */
  async record(by: string, input: Input, call: () => Promise<Output>): Promise<Output | undefined> {
    const asked = { by, input, calledAt: ++this.#events, returnedAt: undefined, output: undefined };
    this.#operations.push(asked);
    try {
      const output = await call();
      this.#replace(asked, { ...asked, returnedAt: ++this.#events, output });
      return output;
    } catch (error) {
      if (isZkError(error) && error.outcome !== "unknown") this.#replace(asked);
      return undefined;
    }
  }

  /** Records that something may happen from this moment on, of which nobody will be told. */
  mayHappen(by: string, input: Input): void {
    this.#operations.push({ by, input, calledAt: ++this.#events, returnedAt: undefined, output: undefined });
  }

  #replace(asked: HistoryOperation<Input, Output>, ...by: HistoryOperation<Input, Output>[]): void {
    this.#operations.splice(this.#operations.indexOf(asked), 1, ...by);
  }
}
