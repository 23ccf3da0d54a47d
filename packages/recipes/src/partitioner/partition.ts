import type { Transaction } from "@conclave/client";
import { checkedSignal } from "../grant/checked-signal.js";
import type { Grant } from "../grant/grant.js";
import { GrantLostError } from "../grant/grant-lost-error.js";
import type { LockGrant } from "../lock/lock-grant.js";

/**
 * A key that this member owns. No other member owns it before the task that received it, or this member's session, has ended.
 */
export interface Partition extends Pick<Grant, "fencingToken" | "guard"> {
  readonly key: string;
  /**
   * Aborts when the key is assigned to another member, when it is lost and, if `onSuspended` is `revoke`, when the connection
   * is lost; the reason is a `GrantLostError`. The task must end then: the next owner waits for that.
   */
  readonly signal: AbortSignal;
}

/** An event of a partitioner: it acquired a key, or released it after the task had ended. */
export interface PartitionEvent {
  readonly type: "acquired" | "released";
  readonly key: string;
  readonly fencingToken: bigint;
}

/** The implementation of {@link Partition}. */
export class OwnedPartition implements Partition {
  readonly key: string;
  readonly #grant: LockGrant;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();

  constructor(key: string, grant: LockGrant) {
    this.key = key;
    this.#grant = grant;
    this.signal = checkedSignal(this.#controller, () => grant.signal.aborted && this.stop());
  }

  get fencingToken(): bigint {
    return this.#grant.fencingToken;
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    return this.#grant.guard(transaction);
  }

  /** Aborts the signal synchronously. Does not release the lock. */
  stop(): void {
    const reassigned = new GrantLostError("RELEASED", `the partition ${this.key} now belongs to another member`);
    this.#controller.abort(this.#grant.signal.aborted ? this.#grant.signal.reason : reassigned);
  }

  /** Releases the lock. */
  release(): Promise<void> {
    return this.#grant.release();
  }
}
