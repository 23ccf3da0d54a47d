/** A state machine of zab/: takes an event, returns the effects to execute. */
interface Machine<Event, Effect> {
  handle(event: Event): readonly Effect[];
}

export interface EventLoopOptions<Event, Effect> {
  readonly machine: Machine<Event, Effect>;
  readonly execute: (effect: Effect) => void;
  /** Returns the event that ends the machine. An effect or a disk operation has failed: memory may differ from the disk. */
  readonly failed: (cause: unknown) => Event;
}

/**
 * Gives events to a machine one after the other, each with all of its effects. Events that an effect causes wait for their
 * turn. A disk operation is completed by an event of its own.
 */
export class EventLoop<Event, Effect> {
  readonly #options: EventLoopOptions<Event, Effect>;
  /** Events that wait; `undefined` while none is being taken. */
  #waiting: Event[] | undefined;
  #storing: Promise<unknown> = Promise.resolve();

  constructor(options: EventLoopOptions<Event, Effect>) {
    this.#options = options;
  }

  take(event: Event): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(event);
      return;
    }
    const waiting: Event[] = [];
    this.#waiting = waiting;
    const { machine, execute, failed } = this.#options;
    for (let next: Event | undefined = event; next !== undefined; next = waiting.shift()) {
      try {
        for (const effect of machine.handle(next)) execute(effect);
      } catch (cause) {
        // A record that cannot be applied, or a defect.
        waiting.unshift(failed(cause));
      }
    }
    this.#waiting = undefined;
  }

  /** Starts a disk operation, and takes its event when it is done. */
  store(operation: () => Promise<Event>): void {
    const stored = operation().then(
      (event) => this.take(event),
      (cause: unknown) => this.take(this.#options.failed(cause)),
    );
    this.#storing = Promise.all([this.#storing, stored]);
  }

  /** Resolves when all disk operations that were started have ended. Never rejects. */
  async stored(): Promise<void> {
    await this.#storing;
  }
}

/** Returns the message of an error, for the event that reports it. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
