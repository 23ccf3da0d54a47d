interface Action {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes from one scheduled action to the next, without waiting. Actions of the same time run in their order. */
export class VirtualTime {
  now = 0;
  /** Latest first. */
  readonly #actions: Action[] = [];

  /** Schedules an action; returns a function that cancels it. */
  after(ms: number, run: () => void): () => void {
    let isCanceled = false;
    const action = { at: this.now + ms, run: () => void (isCanceled || run()) };
    const index = this.#actions.findLastIndex(({ at }) => at > action.at);
    this.#actions.splice(index + 1, 0, action);
    return () => {
      isCanceled = true;
    };
  }

  /** Runs actions until the time `until`, or until `isDone` returns true after one of them. */
  run(until: number, isDone: () => boolean = () => false): void {
    for (let next = this.#actions.at(-1); next !== undefined && next.at <= until; next = this.#actions.at(-1)) {
      this.#actions.pop();
      this.now = next.at;
      next.run();
      if (isDone()) return;
    }
    this.now = until;
  }
}
