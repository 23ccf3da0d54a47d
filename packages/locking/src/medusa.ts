import { randomUUID } from "node:crypto";
import { AcquireTimeoutError, type Grant } from "@conclave/recipes";
import { OwnedLocks, type OwnedLocksOptions } from "./owned-locks.js";

/** Owner of locks that are acquired without an `ownerId`. */
const NO_OWNER = "*";
const WAIT_SECONDS = 5;
/** Replaces a timeout that is no time, as in Medusa's own providers. */
const MIN_WAIT_SECONDS = 1;

/** Arguments of the methods of Medusa's locking module. Times are in seconds. */
export interface LockingArguments {
  readonly ownerId?: string | null;
  readonly expire?: number;
  readonly timeout?: number;
}

/** Error of a lock that could not be acquired or was lost. Medusa answers 409 to it. */
export class LockConflictError extends Error {
  override readonly name: string = "LockConflictError";
  readonly type = "conflict";
}

/** The name under which the container of the module has the locks. */
const LOCKS = "conclaveLocks";

/** Container of a module of Medusa. */
interface ModuleContainer {
  register(registrations: Record<string, { readonly resolve: () => unknown }>): unknown;
}

/**
 * A provider of Medusa's locking module (an `ILockingProvider`) on {@link OwnedLocks}. Its methods are called by Medusa, which
 * makes it by the default export of this file.
 */
export class ConclaveLockingProvider {
  static readonly identifier = "locking-conclave";
  readonly #locks: OwnedLocks;

  constructor({ [LOCKS]: locks }: { readonly [LOCKS]: OwnedLocks }) {
    this.#locks = locks;
  }

  /**
   * Waits for all of the keys, at most `timeout` seconds (5 by default), and runs the job under them. The job's signal aborts
   * when a key is lost; the call then rejects with a {@link LockConflictError}, as it does after the timeout. `expire` has no
   * effect: the keys are held until the job has ended, or its process has died and the session has expired.
   */
  async execute<T>(
    keys: string | string[],
    job: (signal?: AbortSignal) => Promise<T>,
    { timeout = WAIT_SECONDS }: LockingArguments = {},
  ): Promise<T> {
    const names = listOf(keys);
    await using grant = await this.#acquireAll(names, (timeout > 0 ? timeout : MIN_WAIT_SECONDS) * 1000);
    const result = await job(grant.signal);
    if (!grant.signal.aborted) return result;
    throw conflict(`the lock for ${shown(names)} was lost while the job was running`, grant.signal.reason);
  }

  /**
   * Acquires the keys, all or none, without waiting, for `expire` seconds (without it, for as long as the session lives). Keys
   * that the owner holds already are extended, unless another process holds them for it. Rejects with a
   * {@link LockConflictError} if one of the keys is held by another owner.
   */
  async acquire(keys: string | string[], { ownerId, expire = 0 }: LockingArguments = {}): Promise<void> {
    const owner = ownerId ?? NO_OWNER;
    const acquired: string[] = [];
    try {
      for (const key of listOf(keys)) {
        if (await this.#locks.tryAcquire({ key, owner }, expire * 1000)) acquired.push(key);
        else if (!(await this.#isHeldBy(owner, key, expire))) throw conflict(`the lock for ${shown([key])} is held`);
      }
    } catch (error) {
      await Promise.all(acquired.map((key) => this.#locks.release({ key, owner })));
      throw error;
    }
  }

  /** Releases the keys that the owner holds, in any process. Resolves with false if it did not hold all of them. */
  async release(keys: string | string[], { ownerId }: LockingArguments = {}): Promise<boolean> {
    const owner = ownerId ?? NO_OWNER;
    const released = await Promise.all(listOf(keys).map((key) => this.#locks.release({ key, owner })));
    return released.every(Boolean);
  }

  /** Releases all keys that the owner holds in this process. */
  async releaseAll({ ownerId }: LockingArguments = {}): Promise<void> {
    await this.release(this.#locks.keysOf(ownerId ?? NO_OWNER), { ownerId: ownerId ?? NO_OWNER });
  }

  async #acquireAll(keys: string[], timeoutMs: number): Promise<Grant> {
    try {
      return await this.#locks.acquireAll(keys, `execute:${randomUUID()}`, timeoutMs);
    } catch (error) {
      if (!(error instanceof AcquireTimeoutError)) throw error;
      throw conflict(`the lock for ${shown(keys)} was not free within ${timeoutMs / 1000} s`, error);
    }
  }

  async #isHeldBy(owner: string, key: string, expire: number): Promise<boolean> {
    if (owner === NO_OWNER) return false;
    return this.#locks.extend({ key, owner }, expire * 1000) || (await this.#locks.ownerOf(key)) === owner;
  }
}

/**
 * Makes the locks when Medusa starts, as Medusa passes the options of a provider to its loaders only. Throws a `TypeError` for
 * invalid options, with which Medusa does not start. Sends no request.
 */
function loadLocks({ container, options }: { container: ModuleContainer; options?: OwnedLocksOptions }): void {
  const locks = new OwnedLocks("the locking provider of Conclave", options as OwnedLocksOptions);
  container.register({ [LOCKS]: { resolve: () => locks } });
}

/**
 * The module provider that `medusa-config.ts` names: `{ resolve: "@conclave/locking/medusa", id: "locking-conclave", options }`. Its
 * options are those of {@link OwnedLocks}.
 */
// biome-ignore lint/style/noDefaultExport: Medusa reads the default export of a provider's module.
export default { module: "locking", services: [ConclaveLockingProvider], loaders: [loadLocks] };

function listOf(keys: string | string[]): string[] {
  return Array.isArray(keys) ? keys : [keys];
}

function shown(keys: readonly string[]): string {
  return keys.map((key) => JSON.stringify(key)).join(", ");
}

function conflict(message: string, cause?: unknown): LockConflictError {
  return new LockConflictError(message, cause === undefined ? undefined : { cause });
}
