import type { OperationOptions } from "@conclave/client";
import type { AcquireOptions } from "../grant/acquire-options.js";
import type { LockGrant } from "./lock-grant.js";

/** Somebody who stands in the line of a lock, as the ensemble has it. */
export interface LockContender {
  /** What it calls itself: the `id` of its lock. Empty for one that says nothing. */
  readonly id: string;
  /** The path of its znode. */
  readonly path: string;
  /** The czxid of its znode: the token of the grant that it has or will have with it. */
  readonly fencingToken: bigint;
  /** The session that stands for it. */
  readonly sessionId: bigint;
}

/** A lock across processes, first come, first served. */
export interface Lock<G extends LockGrant = LockGrant> {
  /** The znode below which the line stands. */
  readonly path: string;

  /**
   * Waits until the lock is ours, for as long as it takes: a lost connection or an expired session does not end the wait.
   * Each call takes a place of its own in line, also a second one of the same object.
   *
   * Rejects with `ABORTED` when `signal` aborts before, with an `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when
   * the client is closed, and with what the ensemble refused (`NO_AUTH`, …); the znode is then removed, in the background.
   */
  acquire(options?: AcquireOptions): Promise<G>;

  /**
   * As {@link acquire}, where no other contender is in the way; else resolves with `undefined`, without waiting for one. It
   * leaves no znode then. Another attempt that fails at the same moment may be in the way for a round trip.
   */
  tryAcquire(options?: OperationOptions): Promise<G | undefined>;

  /** Resolves with true where {@link tryAcquire} would have got the lock at a moment of the call. Changes nothing. */
  isFree(options?: OperationOptions): Promise<boolean>;

  /**
   * Acquires, runs `task` and releases, also where the task throws; resolves with what the task returned. The task has to
   * end when the signal of the grant that it gets aborts.
   *
   * Within the task, `run` of the same object would wait for itself. With `reentrant` it runs its task under the grant that
   * is held, which is then given back only after that task has ended, too; without, it rejects with an error that says so.
   * What the task left running (timers, promises that it did not await) holds nothing once the task has ended.
   */
  run<T>(task: (grant: G) => Promise<T> | T, options?: AcquireOptions): Promise<T>;

  /** Who holds the lock and who waits, in line, by what this client's server knows. */
  contenders(options?: OperationOptions): Promise<LockContender[]>;

  /**
   * Asks whoever stands first in line to release: its grant's `wanted` aborts (with Curator, its `RevocationListener` is
   * called). Resolves with whether there was somebody to ask; not with the lock.
   */
  requestRevocation(options?: OperationOptions): Promise<boolean>;
}
