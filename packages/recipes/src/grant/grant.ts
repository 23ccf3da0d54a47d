import type { Transaction } from "@conclave/client";

/**
 * An exclusive right granted by a recipe, valid until {@link signal} aborts.
 *
 * No grant can stop a process that was paused past its session between the check and the action: it acts after it woke. To
 * be safe against that, pass {@link fencingToken} along with each write to a store that refuses smaller tokens, or write to
 * ZooKeeper through {@link guard}.
 */
export interface Grant extends AsyncDisposable {
  /**
   * Aborts the moment the grant is lost, given back or, by the recipe's `onSuspended` policy, in doubt. Reading it
   * (`aborted`, `reason`, `throwIfAborted`) compares the session's clock first: after a pause of the process that was longer
   * than the session it has aborted, with the reason `EXPIRED`, before any timer fired. A signal that `AbortSignal.any` made
   * of it follows, but does not compare by itself: ask this one before something that only the holder may do.
   */
  readonly signal: AbortSignal;
  /** The czxid of the grant's znode: larger for each later holder, across the ensemble. */
  readonly fencingToken: bigint;
  /** Adds a check to a transaction, so that it commits only while the grant's znode exists. Returns the transaction. */
  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results>;
  /** Releases the grant. Never rejects: a deletion that is not possible now is retried in the background. */
  release(): Promise<void>;
}
