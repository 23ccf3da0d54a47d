import type { Logger } from "@conclave/runtime";

/**
 * Listeners by the name of their event, typed by the event's arguments. An error thrown by a listener is logged, and
 * affects neither the other listeners nor the emitter.
 */
export class Listeners<Events extends { [E in keyof Events]: readonly unknown[] }> {
  readonly #logger: Logger;
  readonly #listeners: { [E in keyof Events]?: Set<(...args: Events[E]) => void> } = {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a listener. Adding it twice has no effect. */
  add<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    this.#listeners[event] ??= new Set();
    this.#listeners[event].add(listener);
  }

  remove<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    this.#listeners[event]?.delete(listener);
  }

  /** Calls the listeners that are registered now, in the order in which they were added. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        this.#logger.error("zookeeper: listener threw an error", { error, event: String(event) });
      }
    }
  }
}
