import type { Transaction } from "@conclave/client";

/**
 * What a recipe grants: the right to be the only one, for as long as {@link signal} has not aborted.
 *
 * No grant can stop a process that was paused past its session between asking and acting: it acts after it woke. Whoever
 * must be safe against that gives {@link fencingToken} along with each write and refuses smaller tokens there, or
 * writes to ZooKeeper through {@link guard}.
 */
export interface Grant extends AsyncDisposable {
  /**
   * Aborts the moment the grant is lost, given back or, by the recipe's `onSuspended` policy, in doubt. Reading it
   * (`aborted`, `reason`, `throwIfAborted`) compares the session's clock first: after a pause of the process that was longer
   * than the session it has aborted, with the reason `EXPIRED`, before any timer fired. A signal that `AbortSignal.any` made
   * of it follows, but does not compare by itself: ask this one before something that only the holder may do.
   */
  readonly signal: AbortSignal;
  /** The czxid of the znode behind the grant: larger for each later holder, in the whole ensemble. */
  readonly fencingToken: bigint;
  /** Adds a check to a transaction, so that it commits only while the grant stands on the server. Returns it. */
  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results>;
  /** Gives the grant back. Never rejects: what cannot be deleted now is deleted when that becomes possible. */
  release(): Promise<void>;
}
