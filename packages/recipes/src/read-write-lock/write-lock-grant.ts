import type { GrantParameters } from "../grant/held-grant.js";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";

/** A write lock that is held. */
export interface WriteLockGrant extends LockGrant {
  /**
   * Continues as a reader, without a moment in which another contender could write: acquires a read lock and releases the
   * write lock. Resolves with the read lock; with `undefined`, still holding the write lock, if another writer is waiting,
   * as that one comes first.
   */
  downgrade(): Promise<LockGrant | undefined>;
}

/** A {@link WriteLockGrant} as its lock sees it. */
export class HeldWriteLock extends HeldLock implements WriteLockGrant {
  readonly #tryToRead: () => Promise<LockGrant | undefined>;

  constructor(parameters: GrantParameters, tryToRead: () => Promise<LockGrant | undefined>) {
    super(parameters);
    this.#tryToRead = tryToRead;
  }

  async downgrade(): Promise<LockGrant | undefined> {
    this.signal.throwIfAborted();
    const read = await this.#tryToRead();
    if (read === undefined) return undefined;
    if (this.signal.aborted) {
      // The write lock was lost in between: another contender may have written, and data read under the write lock is
      // outdated.
      await read.release();
      this.signal.throwIfAborted();
    }
    await this.release();
    return read;
  }
}
