import { isZkError, type Outcome } from "@conclave/client";

/** How operations ended, so far. */
export type Endings = Record<"done" | Outcome, number>;

/** What may come of an operation while connections break and sessions expire; anything else is a mistake. */
const EXPECTED: ReadonlySet<string> = new Set([
  "CONNECTION_LOSS",
  "SESSION_EXPIRED",
  "ABORTED",
  "NO_NODE",
  "NODE_EXISTS",
  "BAD_VERSION",
]);
const READS: ReadonlySet<string> = new Set(["getData", "exists", "getChildren", "sync"]);

/** Knows every operation that was begun and has not settled. */
export class OperationBook {
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

  /** Begins an operation and follows it to its end, which is told as a value: nothing is thrown. */
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

  /** Operations that were begun longer ago than this, in words. */
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
