import type { OperationOptions } from "@conclave/client";
import { type Clock, systemClock } from "@conclave/runtime";
import { acquireAll } from "../grant/acquire-all.js";
import { type AcquireOptions, withinTime } from "../grant/acquire-options.js";
import type { Grant } from "../grant/grant.js";
import { runUnderGrant } from "../grant/run-under-grant.js";
import type { Lock } from "../lock/lock.js";
import type { LockGrant } from "../lock/lock-grant.js";

/** Options of {@link MultiLock}. */
export interface MultiLockOptions {
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

/**
 * Several locks as one, all or none. They are acquired one after the other in the order of their paths. So two MultiLocks
 * that share locks cannot deadlock, if all holders of several of these locks use a MultiLock.
 */
export class MultiLock {
  readonly #locks: readonly Lock[];
  readonly #clock: Clock;
  readonly #what: string;

  /** Throws a `TypeError` if `locks` is empty or two of them have the same path. */
  constructor(locks: readonly Lock[], { clock = systemClock }: MultiLockOptions = {}) {
    const paths = locks.map(({ path }) => path);
    if (locks.length === 0 || new Set(paths).size < paths.length) {
      throw new TypeError(`a MultiLock needs one lock or more, each with its own path, not ${JSON.stringify(paths)}`);
    }
    this.#locks = [...locks].sort((a, b) => (a.path < b.path ? -1 : 1));
    this.#clock = clock;
    this.#what = `the locks ${paths.sort().join(", ")}`;
  }

  /**
   * Waits until all locks are held, for as long as it takes: a lock that is lost while the next is pending is acquired
   * again. Rejects as the `acquire` of a lock does, holding none of them; `timeoutMs` covers all, and `onPosition` reports
   * the queue of the pending lock.
   */
  acquire({ onPosition, ...options }: AcquireOptions = {}): Promise<Grant> {
    return withinTime(this.#what, options, this.#clock, (within) =>
      acquireAll<LockGrant>(
        this.#locks.map((lock) => (signal) => lock.acquire({ signal, onPosition })),
        within,
      ),
    );
  }

  /**
   * Acquires the locks as {@link acquire} does if all are free; otherwise resolves with `undefined`, holds none of them and
   * leaves no znode.
   */
  async tryAcquire(options: OperationOptions = {}): Promise<Grant | undefined> {
    // Read all queues first, so that no lock is acquired, and denied to others, if another one is not free.
    const areFree = await Promise.all(this.#locks.map((lock) => lock.isFree(options)));
    if (areFree.includes(false)) return undefined;
    return acquireAll<LockGrant>(
      this.#locks.map((lock) => (signal) => lock.tryAcquire({ signal })),
      options.signal,
    );
  }

  /** Acquires, runs `task` and releases, also if the task throws; resolves with the result of the task. */
  run<T>(task: (grant: Grant) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    return runUnderGrant(() => this.acquire(options), task);
  }
}
