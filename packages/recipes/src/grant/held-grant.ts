import type { Transaction, ZooKeeper } from "@conclave/client";
import { checkedSignal } from "./checked-signal.js";
import type { Grant } from "./grant.js";
import { type GrantLostCode, GrantLostError } from "./grant-lost-error.js";

/** What stands behind a grant. */
export interface GrantFacts {
  /** The client in the session of which it was granted: reading its state compares the session's clock. */
  readonly zk: Pick<ZooKeeper, "state">;
  /** What was granted, in the words of an error: `leadership of reports`. */
  readonly what: string;
  /** The path of the znode. */
  readonly path: string;
  readonly fencingToken: bigint;
  /** The data version that the znode has for as long as the grant stands; `undefined` where that may change. */
  readonly version?: number | undefined;
  /** Gives the place in line up; resolves when the znode is deleted or that has to wait. Never rejects. */
  readonly giveBack: () => Promise<void>;
}

const WORDS: Readonly<Record<GrantLostCode, string>> = {
  RELEASED: "was given back",
  SUSPENDED: "is in doubt: the connection was lost",
  EXPIRED: "is lost: the session expired",
  CLOSED: "is lost: the client was closed",
  GONE: "is lost: its znode was deleted or changed by somebody else",
  REFUSED: "is lost: its znode cannot be watched. Its acl has to give READ to all who take part",
};

/** A grant as the recipe that gave it sees it: it can be ended from outside. */
export class HeldGrant implements Grant {
  readonly path: string;
  readonly fencingToken: bigint;
  readonly #what: string;
  readonly #version: number | undefined;
  readonly #giveBack: () => Promise<void>;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(facts: GrantFacts) {
    this.path = facts.path;
    this.fencingToken = facts.fencingToken;
    this.#what = facts.what;
    this.#version = facts.version;
    this.#giveBack = facts.giveBack;
    const { zk } = facts;
    // Usually the client's own event ends the grant within this read; within another of its events that one has to wait.
    this.signal = checkedSignal(this.#controller, () => {
      if (zk.state === "expired") this.end("EXPIRED");
    });
  }

  /**
   * Aborts the signal, synchronously. The znode stays: the caller deletes it. A session that is over by its clock is
   * found out first, so that its expiry is the reason rather than what followed from it.
   */
  end(code: GrantLostCode, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new GrantLostError(code, `${this.#what} ${WORDS[code]}`, cause));
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // Nobody else's znode can ever be here: its name holds a uuid.
    return transaction.check(this.path, this.#version);
  }

  release(): Promise<void> {
    this.end("RELEASED");
    return this.#giveBack();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
