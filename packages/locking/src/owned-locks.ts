import { isZkError, type ZooKeeper } from "@conclave/client";
import { type Grant, type LockContender, type LockGrant, MultiLock, Mutex, type OnSuspended } from "@conclave/recipes";
import { type Logger, onAbort, silentLogger, systemClock, type Timer } from "@conclave/runtime";

/** Options of {@link OwnedLocks}, and of the drivers that use it. */
export interface OwnedLocksOptions {
  /**
   * An open client, or a function that connects one; it is called once, by the first request, and again if it fails. The
   * client is not closed: close it when the app stops, which releases all of its locks.
   */
  readonly client: ZooKeeper | (() => Promise<ZooKeeper>);
  /**
   * Policy for a lock when the connection is lost and the session may live on: see `GrantSettings` of the recipes.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * Longest time for one request, in milliseconds; then it rejects with a {@link LockRequestError}.
   * @default 5000
   */
  readonly timeoutMs?: number | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/** A lock and one of its owners. */
export interface LockId {
  readonly key: string;
  readonly owner: string;
}

/** A request to the ensemble that failed, or was not answered in time. It may have been carried out nevertheless. */
export class LockRequestError extends Error {
  override readonly name: string = "LockRequestError";
}

/** A lock that this process holds. */
interface Holding {
  readonly owner: string;
  readonly grant: LockGrant;
  ttl: Timer | undefined;
}

/** A longer time to live has no timer: Node.js would fire it at once. The lock then lives as long as the session. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Locks with a key, an owner and a time to live, on the `Mutex` recipe: the lock `key` is `/conclave/locks/<key>`, which other
 * programs share.
 *
 * A lock belongs to the session of the client that acquired it. It ends when it is released, when its time to live has passed
 * by the clock of that process, and when the session ends. If the process dies, the session ends after its timeout: the lock
 * is free then, be its time to live longer or shorter.
 *
 * All requests reject with a {@link LockRequestError} if the ensemble does not answer in time, and with a `TypeError` for an
 * invalid key.
 */
export class OwnedLocks {
  readonly #options: OwnedLocksOptions;
  readonly #timeoutMs: number;
  readonly #holdings = new Map<string, Holding>();
  /** Keys for which an attempt is pending. */
  readonly #attempts = new Set<string>();
  #client: Promise<ZooKeeper> | undefined;

  /** Sends no request. Throws a `TypeError` for invalid options, which it calls those of `user`. */
  constructor(user: string, options: OwnedLocksOptions) {
    const { client, onSuspended, timeoutMs = 5000 } = options ?? {};
    if (typeof client !== "function" && typeof client?.getData !== "function") {
      throw new TypeError(
        `${user} needs the option client: an open client, or a function such as () => connect(servers)`,
      );
    }
    if (!(timeoutMs > 0)) throw new TypeError(`timeoutMs must be more than 0 milliseconds, not ${String(timeoutMs)}`);
    if (onSuspended !== undefined && onSuspended !== "revoke" && onSuspended !== "keep") {
      throw new TypeError(`onSuspended must be "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
    }
    this.#options = options;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns the grant of a lock that this process holds: a `signal` that aborts when the lock is lost, and a `fencingToken` that
   * is larger for each later holder. Returns `undefined` if this process does not hold it for this owner.
   */
  grantOf({ key, owner }: LockId): LockGrant | undefined {
    return this.#holding(key, owner)?.grant;
  }

  /** Returns the keys of the locks that this process holds for an owner. */
  keysOf(owner: string): string[] {
    return Array.from(this.#holdings.keys()).filter((key) => this.#holding(key, owner) !== undefined);
  }

  /** Acquires the lock if it is free, for `ttlMs` milliseconds, 0 and `null` for no limit. Resolves with false if it is held. */
  async tryAcquire({ key, owner }: LockId, ttlMs: number | null): Promise<boolean> {
    // Decided here for calls of one process: the first one wins, and the others cost no request.
    if (this.#attempts.has(key) || this.#holdings.get(key)?.grant.signal.aborted === false) return false;
    this.#attempts.add(key);
    try {
      return await this.#request(`acquire the lock "${key}"`, async (client, signal) => {
        const grant = await this.#mutex(client, key, owner).tryAcquire({ signal });
        if (grant === undefined) return false;
        const holding: Holding = { owner, grant, ttl: undefined };
        this.#holdings.set(key, holding);
        limit(holding, ttlMs);
        onAbort(grant.signal, () => this.#forget(key, holding));
        return !grant.signal.aborted;
      });
    } finally {
      this.#attempts.delete(key);
    }
  }

  /**
   * Waits for all of the locks, first come, first served. They have no time to live, and {@link keysOf} and {@link release} do
   * not know them: release the grant. Rejects with an `AcquireTimeoutError` after `timeoutMs`, holding none.
   */
  async acquireAll(keys: readonly string[], owner: string, timeoutMs: number): Promise<Grant> {
    const client = await this.#connected();
    return new MultiLock([...new Set(keys)].map((key) => this.#mutex(client, key, owner))).acquire({ timeoutMs });
  }

  /**
   * Lets a lock live for `ttlMs` milliseconds from now, 0 and `null` for no limit. Returns false if this process does not hold
   * it for this owner: the time to live of a lock is measured by its holder.
   */
  extend({ key, owner }: LockId, ttlMs: number | null): boolean {
    const holding = this.#holding(key, owner);
    if (holding !== undefined) limit(holding, ttlMs);
    return holding !== undefined;
  }

  /** Releases a lock of this owner, also one that another process holds. Resolves with false if the owner does not hold it. */
  async release({ key, owner }: LockId): Promise<boolean> {
    const holding = this.#holding(key, owner);
    if (holding === undefined) return this.#remove(key, owner);
    await holding.grant.release();
    return true;
  }

  /** Releases a lock, whichever owner and process holds it: the `signal` of its grant aborts there. */
  async forceRelease(key: string): Promise<void> {
    await this.#remove(key);
  }

  /** Resolves with the owner that holds a lock; `undefined` if it is free. */
  ownerOf(key: string): Promise<string | undefined> {
    return this.#request(
      `read the lock "${key}"`,
      async (client, signal) => (await this.#holder(client, key, signal))?.id,
    );
  }

  #holding(key: string, owner: string): Holding | undefined {
    const holding = this.#holdings.get(key);
    return holding?.owner === owner && !holding.grant.signal.aborted ? holding : undefined;
  }

  #forget(key: string, holding: Holding): void {
    holding.ttl?.cancel();
    if (this.#holdings.get(key) === holding) this.#holdings.delete(key);
  }

  #mutex(client: ZooKeeper, name: string, id: string): Mutex {
    const { onSuspended, logger = silentLogger } = this.#options;
    return new Mutex(client, { name, id, onSuspended, logger });
  }

  /** Reads the holder of a lock, after all changes that were acknowledged before the call. */
  async #holder(client: ZooKeeper, key: string, signal: AbortSignal): Promise<LockContender | undefined> {
    const mutex = this.#mutex(client, key, "");
    await client.sync(mutex.path, { signal });
    const [holder] = await mutex.contenders({ signal });
    return holder;
  }

  /** Deletes the znode of the holder, if that is the owner. Resolves with false if it is not. */
  #remove(key: string, owner?: string): Promise<boolean> {
    return this.#request(`release the lock "${key}"`, async (client, signal) => {
      const holder = await this.#holder(client, key, signal);
      if (holder === undefined || (owner !== undefined && holder.id !== owner)) return false;
      try {
        // The path contains a UUID: no other contender can have it.
        await client.delete(holder.path, { signal });
        return true;
      } catch (error) {
        if (isZkError(error, "NO_NODE")) return false;
        throw error;
      }
    });
  }

  async #request<T>(what: string, send: (client: ZooKeeper, signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await send(await this.#connected(), signal);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      const reason = signal.aborted ? `no answer within ${this.#timeoutMs} ms` : cause;
      throw new LockRequestError(`could not ${what}: ${reason}`, { cause: error });
    }
  }

  #connected(): Promise<ZooKeeper> {
    const { client } = this.#options;
    if (typeof client !== "function") return Promise.resolve(client);
    this.#client ??= client().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}

function limit(holding: Holding, ttlMs: number | null): void {
  holding.ttl?.cancel();
  if (!ttlMs || ttlMs > MAX_TIMER_MS) return;
  holding.ttl = systemClock.setTimer(ttlMs, () => void holding.grant.release());
}
