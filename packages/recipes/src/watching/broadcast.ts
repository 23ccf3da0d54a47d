import type { Logger } from "@conclave/runtime";

/** More than this waits for nobody: a reader so slow would only hold memory. */
const MAX_WAITING = 10_000;

/** Tells everybody who listens. A listener that throws is logged, and disturbs neither the others nor the teller. */
export class Broadcast<E> {
  readonly #logger: Logger;
  readonly #listeners = new Set<(event: E) => void>();
  readonly #endings = new Set<(error?: Error) => void>();
  #isOver = false;
  #failure: Error | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener; returns what takes it out again. */
  on(listener: (event: E) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(event: E): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error("a listener threw", { error });
      }
    }
  }

  /** Ends every iterator behind the events that it has, with `error` where one is given. */
  end(error?: Error): void {
    this.#isOver = true;
    this.#failure ??= error;
    this.#listeners.clear();
    for (const ending of [...this.#endings]) ending(error);
  }

  /**
   * What is told from the call on, in order, until {@link end}, or `signal` aborts. One that falls more than 10,000 events
   * behind is ended with an error.
   */
  iterate(signal?: AbortSignal): AsyncIterableIterator<E, undefined> {
    const waiting: E[] = [];
    let isOver = this.#isOver || signal?.aborted === true;
    let failure = this.#failure;
    let wake: (() => void) | undefined;
    const end = (error?: Error): void => {
      isOver = true;
      failure ??= error;
      off();
      this.#endings.delete(end);
      signal?.removeEventListener("abort", abort);
      wake?.();
    };
    const abort = (): void => end();
    const off = this.on((event) => {
      if (waiting.length >= MAX_WAITING) {
        end(new Error(`a reader of events fell ${MAX_WAITING} events behind`));
        return;
      }
      waiting.push(event);
      wake?.();
    });
    if (isOver) off();
    else {
      this.#endings.add(end);
      signal?.addEventListener("abort", abort);
    }
    const next = async (): Promise<IteratorResult<E, undefined>> => {
      while (waiting.length === 0) {
        if (failure !== undefined) {
          const error = failure;
          failure = undefined;
          throw error;
        }
        if (isOver) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return { done: false, value: waiting.shift()! };
    };
    return {
      next,
      return: async () => {
        waiting.length = 0;
        end();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
