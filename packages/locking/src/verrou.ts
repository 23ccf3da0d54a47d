import type { LockGrant } from "@conclave/recipes";
import { E_LOCK_NOT_OWNED, E_LOCK_STORAGE_ERROR } from "@verrou/core";
import type { LockStore } from "@verrou/core/types";
import { type LockId, LockRequestError, OwnedLocks, type OwnedLocksOptions } from "./owned-locks.js";

/**
 * Returns a driver for `new Verrou({ stores: { conclave: { driver: conclaveStore({ client }) } } })` and for the `stores` of
 * `@adonisjs/lock`. Throws a `TypeError` for invalid options. Sends no request.
 */
export function conclaveStore(options: OwnedLocksOptions): { factory: () => ConclaveStore } {
  const store = new ConclaveStore(options);
  return { factory: () => store };
}

/** A `LockStore` of Verrou on {@link OwnedLocks}, made by {@link conclaveStore}. Its methods are called by Verrou. */
export class ConclaveStore implements LockStore {
  readonly #locks: OwnedLocks;

  constructor(options: OwnedLocksOptions) {
    this.#locks = new OwnedLocks("conclaveStore", options);
  }

  /** Returns the grant of a lock that this process holds, by `store.grantOf(lock.serialize())`: see `OwnedLocks.grantOf`. */
  grantOf(lock: LockId): LockGrant | undefined {
    return this.#locks.grantOf(lock);
  }

  save(key: string, owner: string, ttl: number | null): Promise<boolean> {
    return stored(this.#locks.tryAcquire({ key, owner }, ttl));
  }

  async delete(key: string, owner: string): Promise<void> {
    if (!(await stored(this.#locks.release({ key, owner })))) throw new E_LOCK_NOT_OWNED();
  }

  forceDelete(key: string): Promise<void> {
    return stored(this.#locks.forceRelease(key));
  }

  async exists(key: string): Promise<boolean> {
    return (await stored(this.#locks.ownerOf(key))) !== undefined;
  }

  /** Rejects with `E_LOCK_NOT_OWNED` also if another process holds the lock. */
  async extend(key: string, owner: string, duration: number): Promise<void> {
    if (!this.#locks.extend({ key, owner }, duration)) throw new E_LOCK_NOT_OWNED();
  }
}

/** Rejects with Verrou's own error if the request fails. */
async function stored<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof LockRequestError)) throw error;
    throw new E_LOCK_STORAGE_ERROR([{ message: error.message }], { cause: error });
  }
}
