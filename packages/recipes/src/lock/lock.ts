import type { OperationOptions } from "@conclave/client";
import type { AcquireOptions } from "../grant/acquire-options.js";
import type { LockGrant } from "./lock-grant.js";

/** A contender in the queue of a lock: its holder or a waiter. */
export interface LockContender {
  /** Name of the contender: the `id` of its lock, which may be empty. */
  readonly id: string;
  /** Path of its znode. */
  readonly path: string;
  /** The czxid of its znode: the token of its present or future grant. */
  readonly fencingToken: bigint;
  /** Session that owns the znode. */
  readonly sessionId: bigint;
}

/** A lock across processes, first come, first served. */
export interface Lock<G extends LockGrant = LockGrant> {
  /** Path of the znode that holds the queue. */
  readonly path: string;

  /**
   * Waits without a time limit until the lock is acquired; a lost connection or an expired session does not end the wait. Each
   * call is a separate contender in the queue, also a second call of the same object.
   *
   * Rejects with `ABORTED` if `signal` aborts before, with an `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when
   * the client is closed, and with the error of a rejected request (`NO_AUTH`, …); the znode is then deleted in the background.
   */
  acquire(options?: AcquireOptions): Promise<G>;

  /**
   * Acquires the lock as {@link acquire} does if no other contender holds or waits for it; otherwise resolves with `undefined`,
   * without waiting, and leaves no znode. A concurrent attempt that fails counts as a contender for one round trip.
   */
  tryAcquire(options?: OperationOptions): Promise<G | undefined>;

  /** Resolves with true if {@link tryAcquire} would have acquired the lock at a moment of the call. Changes nothing. */
  isFree(options?: OperationOptions): Promise<boolean>;

  /**
   * Acquires, runs `task` and releases, also if the task throws; resolves with the result of the task. The task must end
   * when the signal of its grant aborts.
   *
   * Within the task, `run` of the same object would wait for itself. With `reentrant` the inner task runs under the held
   * grant, which is released only after both have ended; without it, the inner call rejects. Timers and promises that the
   * task started do not run under the grant after the task has ended.
   */
  run<T>(task: (grant: G) => Promise<T> | T, options?: AcquireOptions): Promise<T>;

  /** Resolves with the holder and the waiters in queue order, as this client's server knows them. */
  contenders(options?: OperationOptions): Promise<LockContender[]>;

  /**
   * Asks the first contender to release: its grant's `revocationRequested` aborts (with Curator, its `RevocationListener` is
   * called). Resolves with true if there was a contender. Does not acquire the lock.
   */
  requestRevocation(options?: OperationOptions): Promise<boolean>;
}
