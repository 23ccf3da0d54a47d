/** Policy that excludes an instance from selection for some time after failures. */
export interface FailurePolicy {
  /**
   * Number of failures within `forMs` after which the instance is excluded.
   * @default 2
   */
  readonly failures?: number | undefined;
  /**
   * Duration of the exclusion after the last failure, in milliseconds.
   * @default 30_000
   */
  readonly forMs?: number | undefined;
}

/** Records failures per instance. `nowMs` is the time of a monotonic clock in milliseconds. */
export class FailureHistory {
  readonly #failures: number;
  readonly #forMs: number;
  readonly #times = new Map<string, readonly number[]>();

  /** Throws a `TypeError` for invalid numbers. */
  constructor({ failures = 2, forMs = 30_000 }: FailurePolicy = {}) {
    if (!(failures >= 1 && forMs >= 0)) {
      throw new TypeError(`failures must be 1 or more and forMs 0 or more, not ${failures} and ${forMs}`);
    }
    this.#failures = failures;
    this.#forMs = forMs;
  }

  record(id: string, nowMs: number): void {
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
    // Counts back from the last failure, so that the exclusion lasts for the whole duration after it.
    if (nowMs - last >= this.#forMs) return [];
    return times.filter((time) => last - time < this.#forMs);
  }
}
