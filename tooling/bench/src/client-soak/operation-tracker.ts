import { isZkError, type Outcome } from "@conclave/client";

/** Number of operations by their result. */
export type Endings = Record<"done" | Outcome, number>;

/** Error codes that are expected while connections break and sessions expire; any other code is a violation. */
const EXPECTED: ReadonlySet<string> = new Set([
  "CONNECTION_LOSS",
  "SESSION_EXPIRED",
  "ABORTED",
  "NO_NODE",
  "NODE_EXISTS",
  "BAD_VERSION",
]);
const READS: ReadonlySet<string> = new Set(["getData", "exists", "getChildren", "sync"]);

/** All operations that have started and not settled, and counts of the others. */
export class OperationTracker {
  readonly endings: Endings = { done: 0, "not-applied": 0, unknown: 0, rejected: 0 };
  readonly #open = new Map<number, { readonly name: string; readonly since: number }>();
  readonly #violation: (text: string) => void;
  #begun = 0;

  constructor(violation: (text: string) => void) {
    this.#violation = violation;
  }

  get open(): number {
    return this.#open.size;
  }

  get begun(): number {
    return this.#begun;
  }

  /** Runs an operation and returns its result or failure as a value; never rejects. */
  async follow<T>(name: string, begin: () => Promise<T>): Promise<Ended<T>> {
    const id = ++this.#begun;
    this.#open.set(id, { name, since: performance.now() });
    try {
      const value = await begin();
      this.endings.done++;
      return { ok: true, value };
    } catch (error) {
      return this.#failed(name, error);
    } finally {
      this.#open.delete(id);
    }
  }

  /** Returns a description of each operation that has not settled within `limitMs`. */
  overdue(limitMs: number): string[] {
    const now = performance.now();
    return [...this.#open.values()]
      .filter(({ since }) => now - since > limitMs)
      .map(({ name, since }) => `${name} has not settled for ${Math.round((now - since) / 1000)} s`);
  }

  #failed(name: string, error: unknown): Failed {
    if (!isZkError(error) || !EXPECTED.has(error.code)) {
      this.#violation(`${name} failed with ${error instanceof Error ? error.stack : String(error)}`);
      return { ok: false, code: "", outcome: "unknown" };
    }
    if (READS.has(name) && error.outcome === "unknown") {
      this.#violation(`${name} changes nothing, and its outcome is "unknown" (${error.code})`);
    }
    this.endings[error.outcome]++;
    return { ok: false, code: error.code, outcome: error.outcome };
  }
}

interface Failed {
  readonly ok: false;
  readonly code: string;
  readonly outcome: Outcome;
}

/** The end of an operation. */
export type Ended<T> = { readonly ok: true; readonly value: T } | Failed;
