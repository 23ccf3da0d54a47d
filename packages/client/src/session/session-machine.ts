import { type SessionEffect, type SessionEvent, type SessionPhase, sessionTransition } from "./session-state.js";

/**
 * Runs the state table. Events are taken one after the other, each with all of its effects: an event that occurs while the
 * effects of another one are executed, as within a listener, waits.
 */
export class SessionMachine {
  readonly #execute: (effect: SessionEffect, previous: SessionPhase) => void;
  readonly #onTaken: (phase: SessionPhase) => void;
  #phase: SessionPhase = "connecting";
  /** The event whose effects are being executed, if any, and those that wait. */
  readonly #events: SessionEvent[] = [];

  /**
   * `execute` executes one effect, in the phase that the event has led to; `onTaken` is called after the last effect of
   * an event.
   */
  constructor(
    execute: (effect: SessionEffect, previous: SessionPhase) => void,
    onTaken: (phase: SessionPhase) => void,
  ) {
    this.#execute = execute;
    this.#onTaken = onTaken;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Returns true if one of `events` waits to be taken. */
  isWaiting(...events: readonly SessionEvent[]): boolean {
    return this.#events.some((event, index) => index > 0 && events.includes(event));
  }

  /** Takes an event; queues it while another event is being taken. */
  happened(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#events.length > 1) return;
    for (let next = this.#events[0]; next !== undefined; next = this.#events[0]) {
      this.#take(next);
      this.#events.shift();
    }
  }

  #take(event: SessionEvent): void {
    const previous = this.#phase;
    const { to, effects } = sessionTransition(previous, event);
    this.#phase = to;
    for (const effect of effects) this.#execute(effect, previous);
    this.#onTaken(to);
  }
}
