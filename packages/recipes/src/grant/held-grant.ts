import type { Transaction, ZooKeeper } from "@conclave/client";
import { checkedSignal } from "./checked-signal.js";
import type { Grant } from "./grant.js";
import { type GrantLostCode, GrantLostError } from "./grant-lost-error.js";

/** Construction parameters of a grant. */
export interface GrantParameters {
  /** Client that holds the grant. Reading its state makes it check its session timer. */
  readonly zk: Pick<ZooKeeper, "state">;
  /** Name of the granted right in error messages: `leadership of reports`. */
  readonly what: string;
  /** Path of the grant's znode. */
  readonly path: string;
  readonly fencingToken: bigint;
  /** Data version of the znode while the grant is valid; `undefined` if it may change. */
  readonly version?: number | undefined;
  /** Deletes the znode; resolves when it is deleted, or when the deletion continues in the background. Never rejects. */
  readonly deleteZnode: () => Promise<void>;
}

const MESSAGES: Readonly<Record<GrantLostCode, string>> = {
  RELEASED: "was released",
  SUSPENDED: "is given up: the connection was lost, and onSuspended is revoke",
  EXPIRED: "is lost: the session expired",
  CLOSED: "is lost: the client was closed",
  GONE: "is lost: its znode was deleted or changed by another client",
  REFUSED: "is lost: its znode cannot be watched. Grant READ to all participants in its acl",
};

/** Base of the grants of recipes: a {@link Grant} that its recipe can end. */
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
    // Reading the state usually emits the client's `expired` event, which ends the grant; during another event it is delayed.
    this.signal = checkedSignal(this.#controller, () => {
      if (zk.state === "expired") this.end("EXPIRED");
    });
  }

  /**
   * Aborts the signal synchronously. Does not delete the znode: the caller does. Checks the session timer first, so that the
   * reason is the expiry of the session and not one of its consequences.
   */
  end(code: GrantLostCode, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new GrantLostError(code, `${this.#what} ${MESSAGES[code]}`, cause));
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    // The name contains a UUID, so no other client's znode can have this path.
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
