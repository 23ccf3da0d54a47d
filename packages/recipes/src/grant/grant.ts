import type { Transaction } from "@conclave/client";

/**
 * An exclusive right granted by a recipe, valid until {@link signal} aborts.
 *
 * No grant can stop a process that is paused between a check of the signal and the action for longer than its session: it acts
 * after the pause. To be safe against that, pass {@link fencingToken} along with each write to a store that refuses smaller
 * tokens, or write to ZooKeeper through {@link guard}.
 */
export interface Grant extends AsyncDisposable {
  /**
   * Aborts when the grant is lost or released and, if `onSuspended` is `revoke`, when the connection is lost. Reading it
   * (`aborted`, `reason`, `throwIfAborted`) checks the session timer first: after a pause of the process that was longer than
   * the session it has aborted, with the reason `EXPIRED`, even before any timer fires. A signal derived from it by
   * `AbortSignal.any` aborts with it, but does not check the timer: read this one before an action reserved to the holder.
   */
  readonly signal: AbortSignal;
  /** The czxid of the grant's znode: larger for each later holder, across all clients of the ensemble. */
  readonly fencingToken: bigint;
  /** Adds a check to a transaction, so that it commits only while the grant's znode exists. Returns the transaction. */
  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results>;
  /** Releases the grant. Never rejects: a deletion that is not possible now is retried in the background. */
  release(): Promise<void>;
}
