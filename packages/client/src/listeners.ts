import type { Logger } from "@conclave/runtime";

/**
 * Listeners by the name of their event, typed by what the event carries. A listener that throws is logged and does not
 * disturb the others, nor who emits.
 */
export class Listeners<Events extends { [E in keyof Events]: readonly unknown[] }> {
  readonly #logger: Logger;
  readonly #listeners: { [E in keyof Events]?: Set<(...args: Events[E]) => void> } = {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener; one that is there already is not added again. */
  add<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    this.#listeners[event] ??= new Set();
    this.#listeners[event].add(listener);
  }

  remove<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    this.#listeners[event]?.delete(listener);
  }

  /** Calls those that are there now, in the order in which they came. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        this.#logger.error("zookeeper: a listener threw", { error, event: String(event) });
      }
    }
  }
}
