import type { GrantParameters } from "../grant/held-grant.js";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";

/** A write lock that is held, until its signal aborts. */
export interface WriteLockGrant extends LockGrant {
  /**
   * Acquires a read lock and then releases the write lock, so that no other contender can write in between. Resolves with the
   * read lock. If another writer waits, which then comes first, resolves with `undefined` and keeps the write lock.
   */
  downgrade(): Promise<LockGrant | undefined>;
}

/** Grant of a write lock. */
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
