import type { Grant } from "../grant/grant.js";
import { type GrantFacts, HeldGrant } from "../grant/held-grant.js";

/** A lock that is held, until {@link signal} aborts, with a `GrantLostError` as its reason. */
export interface LockGrant extends Grant {
  /** The path of the znode behind it. */
  readonly path: string;
  /**
   * Aborts when somebody asks for the lock: by `Lock.requestRevocation`, or Curator's `Revoker`. The lock is held on: whoever
   * can end early does so, and releases it.
   */
  readonly wanted: AbortSignal;
}

/** A {@link LockGrant} as its lock sees it. */
export class HeldLock extends HeldGrant implements LockGrant {
  readonly #wanted = new AbortController();

  get wanted(): AbortSignal {
    return this.#wanted.signal;
  }

  /** Tells the holder that somebody asks for it. */
  want(): void {
    this.#wanted.abort();
  }
}

/** Makes what a lock grants. */
export type MakeLock<G extends HeldLock> = (facts: GrantFacts) => G;
