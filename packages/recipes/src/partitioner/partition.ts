import type { Transaction } from "@conclave/client";
import { checkedSignal } from "../grant/checked-signal.js";
import type { Grant } from "../grant/grant.js";
import { GrantLostError } from "../grant/grant-lost-error.js";
import type { LockGrant } from "../lock/lock-grant.js";

/** A key that this member owns: no other member owns it before the task that got it has ended, or our session has. */
export interface Partition extends Pick<Grant, "fencingToken" | "guard"> {
  readonly key: string;
  /**
   * Aborts when another is to own it, when it is lost or, by the partitioner's `onSuspended` policy, in doubt; with a
   * `GrantLostError` as its reason. The task has to end then: the next owner waits for that.
   */
  readonly signal: AbortSignal;
}

/** An event of a partitioner: it acquired a key, or released it after the task had ended. */
export interface PartitionEvent {
  readonly type: "acquired" | "released";
  readonly key: string;
  readonly fencingToken: bigint;
}

/** A {@link Partition} as its partitioner sees it. */
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

  /** Aborts the signal, synchronously. The lock is held on. */
  stop(): void {
    const handedOver = new GrantLostError("RELEASED", `the partition ${this.key} now belongs to another member`);
    this.#controller.abort(this.#grant.signal.aborted ? this.#grant.signal.reason : handedOver);
  }

  /** Gives the lock back. */
  release(): Promise<void> {
    return this.#grant.release();
  }
}
