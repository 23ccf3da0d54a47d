import { type Logger, onAbort } from "@conclave/runtime";

/** Maximum number of queued events per iterator, to bound the memory. */
const MAX_QUEUED = 10_000;

/**
 * Sends events to listeners and iterators. An error thrown by a listener is logged; it does not reach the other listeners or
 * the caller of `emit`.
 */
export class Broadcast<E> {
  readonly #logger: Logger;
  readonly #listeners = new Set<(event: E) => void>();
  readonly #endings = new Set<(error?: Error) => void>();
  #isOver = false;
  #failure: Error | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener and returns a function that removes it. */
  on(listener: (event: E) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: E): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error("a listener threw an error", { error });
      }
    }
  }

  /** Ends every iterator after its queued events, with `error` if one is given. */
  end(error?: Error): void {
    this.#isOver = true;
    this.#failure ??= error;
    this.#listeners.clear();
    for (const ending of [...this.#endings]) ending(error);
  }

  /**
   * Iterates over all events after this call, in order, until {@link end} or until `signal` aborts. Throws if more than 10,000
   * events are queued.
   */
  iterate(signal?: AbortSignal): AsyncIterableIterator<E, undefined> {
    const queued: E[] = [];
    let isOver = this.#isOver;
    let failure = this.#failure;
    let wake: (() => void) | undefined;
    let removeCallback = (): void => {};
    const end = (error?: Error): void => {
      isOver = true;
      failure ??= error;
      off();
      this.#endings.delete(end);
      removeCallback();
      wake?.();
    };
    const off = this.on((event) => {
      if (queued.length >= MAX_QUEUED) {
        end(new Error(`an event iterator fell ${MAX_QUEUED} events behind`));
        return;
      }
      queued.push(event);
      wake?.();
    });
    if (isOver) off();
    else {
      this.#endings.add(end);
      removeCallback = onAbort(signal, () => end());
    }
    const next = async (): Promise<IteratorResult<E, undefined>> => {
      while (queued.length === 0) {
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
      return { done: false, value: queued.shift()! };
    };
    return {
      next,
      return: async () => {
        queued.length = 0;
        end();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
