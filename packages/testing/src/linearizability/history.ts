import { isZkError } from "@conclave/client";

/** One operation as its caller observed it. */
export interface HistoryOperation<Input, Output> {
  /** Name of the caller, for messages; the check ignores it. */
  readonly by: string;
  readonly input: Input;
  /** Time of the call; {@link returnedAt} is that of the return. Any numbers that order all events. */
  readonly calledAt: number;
  /** Undefined if the outcome is unknown: the operation took effect at some time after the call, or never. */
  readonly returnedAt: number | undefined;
  /** Output of the operation; `undefined` without a reply. */
  readonly output: Output | undefined;
}

/**
 * Records operations of one process. Calls and returns are numbered in their order, so that no clock is needed.
 */
export class HistoryRecorder<Input, Output> {
  readonly #operations: HistoryOperation<Input, Output>[] = [];
  #events = 0;

  /** Operations recorded so far, including pending ones, which have no output. */
  get operations(): readonly HistoryOperation<Input, Output>[] {
    return [...this.#operations];
  }

  /**
   * Runs an operation and records it. Resolves with its result, or with `undefined` if it rejects: an operation that
   * was certainly not executed (outcome `not-applied` or `rejected`) is removed from the history, any other stays
   * without an output.
   */
  async record(by: string, input: Input, call: () => Promise<Output>): Promise<Output | undefined> {
    const pending = { by, input, calledAt: ++this.#events, returnedAt: undefined, output: undefined };
    this.#operations.push(pending);
    try {
      const output = await call();
      this.#replace(pending, { ...pending, returnedAt: ++this.#events, output });
      return output;
    } catch (error) {
      if (isZkError(error) && error.outcome !== "unknown") this.#replace(pending);
      return undefined;
    }
  }

  /** Records an operation that may take effect at any time from now on and has no observable result. */
  mayHappen(by: string, input: Input): void {
    this.#operations.push({ by, input, calledAt: ++this.#events, returnedAt: undefined, output: undefined });
  }

  #replace(pending: HistoryOperation<Input, Output>, ...by: HistoryOperation<Input, Output>[]): void {
    this.#operations.splice(this.#operations.indexOf(pending), 1, ...by);
  }
}
