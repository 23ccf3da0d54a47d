import type { Transaction } from "@conclave/client";
import type { Grant } from "../grant.js";
import { type GrantLostCode, GrantLostError } from "../grant-lost-error.js";

/**
 * The right to lead, until {@link signal} aborts, with a `GrantLostError` as its reason.
 *
 * {@link fencingToken} is larger than that of every earlier leadership of this election, also of this participant's own:
 * each is won with a znode of its own.
 */
export interface Leadership extends Grant {
  /** The name or, where it was made with one, the path of the election. */
  readonly election: string;
  /** The participant that was elected: the election's `id`. */
  readonly id: string;
  /** The path of the znode behind it. */
  readonly path: string;
}

/** What the candidacy that won it passes to a leadership. */
export interface LeadershipFacts {
  readonly election: string;
  readonly id: string;
  readonly path: string;
  readonly fencingToken: bigint;
  /** Ends the candidacy; resolves when the znode is deleted or that has to wait. Never rejects. */
  readonly giveBack: () => Promise<void>;
}

const WORDS: Readonly<Record<GrantLostCode, string>> = {
  RELEASED: "was given back",
  SUSPENDED: "is in doubt: the connection was lost",
  EXPIRED: "is lost: the session expired",
  CLOSED: "is lost: the client was closed",
  GONE: "is lost: its znode was deleted or changed by somebody else",
};

/** A leadership as its candidacy sees it: it can be ended from outside. */
export class WonLeadership implements Leadership {
  readonly election: string;
  readonly id: string;
  readonly path: string;
  readonly fencingToken: bigint;
  readonly #giveBack: () => Promise<void>;
  readonly #controller = new AbortController();
  readonly #runs = new Set<Promise<unknown>>();

  constructor(facts: LeadershipFacts) {
    this.election = facts.election;
    this.id = facts.id;
    this.path = facts.path;
    this.fencingToken = facts.fencingToken;
    this.#giveBack = facts.giveBack;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the signal, synchronously. The znode stays: whoever calls this sees to it. */
  end(code: GrantLostCode): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new GrantLostError(code, `leadership of ${this.election} ${WORDS[code]}`));
  }

  /** Runs `task`, returns what it returns, and remembers it while a promise that it returned is pending. */
  run<T>(task: (leadership: Leadership) => T): T {
    const result = task(this);
    if (isPromiseLike(result)) {
      const settled: Promise<void> = Promise.resolve(result).then(
        () => void this.#runs.delete(settled),
        () => void this.#runs.delete(settled),
      );
      this.#runs.add(settled);
    }
    return result;
  }

  /** Resolves when no task is running any more. */
  async idle(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all(this.#runs);
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // Nobody else's znode can ever be here (its name holds a uuid), and nobody writes to it: version 0 is ours, unchanged.
    return transaction.check(this.path, 0);
  }

  release(): Promise<void> {
    this.end("RELEASED");
    return this.#giveBack();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
