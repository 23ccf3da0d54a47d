import { inspect } from "node:util";
import { systemClock, type Timer } from "@conclave/runtime";
import { WAIT_LIMIT_MS, type WaitOptions } from "./eventually.js";

/** Events in the order of their arrival, and waits for one of them. */
export interface EventCollector<T> {
  /** Records an event; pass this function to the emitter. */
  readonly add: (event: T) => void;
  /** All events so far. */
  readonly events: readonly T[];
  /**
   * Resolves with the first event, past or future, for which `accept` returns true. Rejects at the timeout with an error that
   * lists the events.
   */
  first(accept: (event: T) => boolean, options?: WaitOptions): Promise<T>;
  /** Resolves with the first `count` events when there are as many. Rejects at the timeout like {@link first}. */
  take(count: number, options?: WaitOptions): Promise<readonly T[]>;
}

/**
 * Collects events for a test:
 *
 *     const states = collectEvents<StateChange>();
 *     zk.on("state", states.add);
 *     await states.first(({ state }) => state === "suspended");
 */
export function collectEvents<T>(): EventCollector<T> {
  return new Collector<T>();
}

class Collector<T> implements EventCollector<T> {
  readonly #events: T[] = [];
  /** Pending waits; each returns true once it is fulfilled. */
  readonly #waiting = new Set<() => boolean>();

  readonly add = (event: T): void => {
    this.#events.push(event);
    for (const check of this.#waiting) {
      if (check()) this.#waiting.delete(check);
    }
  };

  get events(): readonly T[] {
    return this.#events;
  }

  first(accept: (event: T) => boolean, options: WaitOptions = {}): Promise<T> {
    return this.#wait(() => {
      const found = this.#events.findIndex(accept);
      return found < 0 ? undefined : { value: this.#events[found] as T };
    }, options);
  }

  take(count: number, options: WaitOptions = {}): Promise<readonly T[]> {
    return this.#wait(
      () => (this.#events.length < count ? undefined : { value: this.#events.slice(0, count) }),
      options,
    );
  }

  #wait<R>(find: () => { readonly value: R } | undefined, options: WaitOptions): Promise<R> {
    const { timeoutMs = WAIT_LIMIT_MS, what = "the event", clock = systemClock } = options;
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const check = (): boolean => {
        const found = find();
        if (found === undefined) return false;
        timer?.cancel();
        resolve(found.value);
        return true;
      };
      if (check()) return;
      this.#waiting.add(check);
      timer = clock.setTimer(timeoutMs, () => {
        this.#waiting.delete(check);
        reject(
          new Error(`timed out after ${timeoutMs} ms waiting for ${what}; events so far: ${inspect(this.#events)}`),
        );
      });
    });
  }
}
