import type { GrantFacts } from "../grant/held-grant.js";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";

/** A write lock that is held. */
export interface WriteLockGrant extends LockGrant {
  /**
   * Goes on as a reader, without a moment in which another could write: takes a read lock and gives the write lock back.
   * Resolves with the read lock; with `undefined`, and the write lock still held, where another writer waits already: that
   * one comes first.
   */
  downgrade(): Promise<LockGrant | undefined>;
}

/** A {@link WriteLockGrant} as its lock sees it. */
export class HeldWriteLock extends HeldLock implements WriteLockGrant {
  readonly #tryToRead: () => Promise<LockGrant | undefined>;

  constructor(facts: GrantFacts, tryToRead: () => Promise<LockGrant | undefined>) {
    super(facts);
    this.#tryToRead = tryToRead;
  }

  async downgrade(): Promise<LockGrant | undefined> {
    this.signal.throwIfAborted();
    const read = await this.#tryToRead();
    if (read === undefined) return undefined;
    if (this.signal.aborted) {
      // Lost in between: somebody may have written, and what was read under the write lock is no more.
      await read.release();
      this.signal.throwIfAborted();
    }
    await this.release();
    return read;
  }
}
