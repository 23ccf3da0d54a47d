import type { Transaction, ZooKeeper } from "@conclave/client";
import { checkedSignal } from "./checked-signal.js";
import type { Grant } from "./grant.js";
import { type GrantLostCode, GrantLostError } from "./grant-lost-error.js";

/** Construction parameters of a grant. */
export interface GrantParameters {
  /** The client in the session of which it was granted: reading its state compares the session's clock. */
  readonly zk: Pick<ZooKeeper, "state">;
  /** Name of the granted right in error messages: `leadership of reports`. */
  readonly what: string;
  /** The path of the znode. */
  readonly path: string;
  readonly fencingToken: bigint;
  /** Data version of the znode while the grant is valid; `undefined` if it may change. */
  readonly version?: number | undefined;
  /** Deletes the znode; resolves when that is done, or continues in the background. Never rejects. */
  readonly deleteZnode: () => Promise<void>;
}

const MESSAGES: Readonly<Record<GrantLostCode, string>> = {
  RELEASED: "was released",
  SUSPENDED: "is in doubt: the connection was lost",
  EXPIRED: "is lost: the session expired",
  CLOSED: "is lost: the client was closed",
  GONE: "is lost: its znode was deleted or changed by another client",
  REFUSED: "is lost: its znode cannot be watched. Grant READ to all participants in its acl",
};

/** A {@link Grant} as its recipe sees it: the recipe can end it. */
export class HeldGrant implements Grant {
  readonly path: string;
  readonly fencingToken: bigint;
  readonly #what: string;
  readonly #version: number | undefined;
  readonly #deleteZnode: () => Promise<void>;
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(parameters: GrantParameters) {
    this.path = parameters.path;
    this.fencingToken = parameters.fencingToken;
    this.#what = parameters.what;
    this.#version = parameters.version;
    this.#deleteZnode = parameters.deleteZnode;
    const { zk } = parameters;
    // Usually the client's own event ends the grant within this read; within another of its events that one has to wait.
    this.signal = checkedSignal(this.#controller, () => {
      if (zk.state === "expired") this.end("EXPIRED");
    });
  }

  /**
   * Aborts the signal synchronously. The znode stays: the caller deletes it. Compares the session's clock first, so that the
   * reason is the expiry of the session and not a consequence of it.
   */
  end(code: GrantLostCode, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new GrantLostError(code, `${this.#what} ${MESSAGES[code]}`, cause));
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // The name holds a uuid, so no other client's znode can have this path.
    return transaction.check(this.path, this.#version);
  }

  release(): Promise<void> {
    this.end("RELEASED");
    return this.#deleteZnode();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
