import type { Grant } from "../grant/grant.js";
import { type GrantParameters, HeldGrant } from "../grant/held-grant.js";

/** A lock that is held, until {@link signal} aborts, with a `GrantLostError` as its reason. */
export interface LockGrant extends Grant {
  /** Path of the grant's znode. */
  readonly path: string;
  /**
   * Aborts when another contender requests the lock, by `Lock.requestRevocation` or Curator's `Revoker`. The lock stays held: a
   * holder that can stop early should do so and release it.
   */
  readonly revocationRequested: AbortSignal;
}

/** A {@link LockGrant} to which its lock reports requests for revocation. */
export class HeldLock extends HeldGrant implements LockGrant {
  readonly #revocation = new AbortController();

  get revocationRequested(): AbortSignal {
    return this.#revocation.signal;
  }

  /** Aborts {@link revocationRequested}. */
  requestRevocation(): void {
    this.#revocation.abort();
  }
}

/** Constructs the grant of a lock. */
export type MakeLock<G extends HeldLock> = (parameters: GrantParameters) => G;
