/** An event of the scheduler that a paused life keeps. */
export interface HeldEvent {
  readonly isTimer: boolean;
  run(): void;
}

/**
 * One run of a process, from its start until it is killed. Every callback belongs to a life: after its end none is called, and
 * during a pause all wait.
 */
export class Life {
  readonly name: string;
  #isAlive = true;
  #isPaused = false;
  #held: HeldEvent[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Runs an event now, or at the end of the pause; not at all if this life has ended. */
  run(event: HeldEvent): void {
    if (!this.#isAlive) return;
    if (this.#isPaused) this.#held.push(event);
    else event.run();
  }

  end(): void {
    this.#isAlive = false;
    this.#held = [];
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Ends the pause. Returns the events that were held, in their order. */
  resume(): HeldEvent[] {
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
