/** When an instance is not asked for a while, because it failed. */
export interface FailurePolicy {
  /**
   * After how many failures, none of them older than `forMs`.
   * @default 2
   */
  readonly failures?: number | undefined;
  /**
   * For how long, from the last failure on, in milliseconds.
   * @default 30_000
   */
  readonly forMs?: number | undefined;
}

/** Records failures per instance. Times are given, in milliseconds of a monotonic clock. */
export class FailureHistory {
  readonly #failures: number;
  readonly #forMs: number;
  readonly #times = new Map<string, readonly number[]>();

  /** Throws a `TypeError` for numbers that cannot be. */
  constructor({ failures = 2, forMs = 30_000 }: FailurePolicy = {}) {
    if (!(failures >= 1 && forMs >= 0)) {
      throw new TypeError(`failures must be 1 or more and forMs 0 or more, not ${failures} and ${forMs}`);
    }
    this.#failures = failures;
    this.#forMs = forMs;
  }

  note(id: string, nowMs: number): void {
    this.#times.set(id, [...this.#recent(id, nowMs), nowMs].slice(-this.#failures));
  }

  /** Forgets the failures of an instance. */
  forget(id: string): void {
    this.#times.delete(id);
  }

  isDown(id: string, nowMs: number): boolean {
    return this.#recent(id, nowMs).length >= this.#failures;
  }

  #recent(id: string, nowMs: number): readonly number[] {
    const times = this.#times.get(id) ?? [];
    const last = times.at(-1) ?? Number.NEGATIVE_INFINITY;
    // Counted back from the last one: so it is down for the whole time after that.
    if (nowMs - last >= this.#forMs) return [];
    return times.filter((time) => last - time < this.#forMs);
  }
}
