import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type AcquireOptions, withinTime } from "../acquire-options.js";
import { type CombinedGrant, winAll } from "../combined-grant.js";
import type { Grant } from "../grant.js";
import { HeldGrant } from "../held-grant.js";
import { lineOrder } from "../line/line-order.js";
import { THE_LINE_ITSELF } from "../line/line-state.js";
import { PlaceInLine } from "../line/place-in-line.js";
import { readContenders } from "../lock/contenders.js";
import type { LockContender } from "../lock/lock.js";
import type { LockOptions, ResolvedLock } from "../lock/lock-options.js";
import { resolveLock } from "../lock/lock-options.js";
import { Mutex } from "../mutex/mutex.js";

/*
 * As Curator's InterProcessSemaphoreV2 lays it out, so that Java and Node.js processes can share one:
 *
 *     <path>/leases/_c_<uuid>-lease-<sequence number>    ephemeral, one for each permit that is held
 *     <path>/locks/…                                     a mutex: who holds it is the one that may take leases
 *
 * So one contender at most waits for permits, and is woken when one is given back; the others wait for it, in line.
 */
const STEM = "lease-";
const order = lineOrder(STEM);

/** How a {@link Semaphore} is made. A name stands for the path `/conclave/semaphores/<name>`. */
export type SemaphoreOptions = Omit<LockOptions, "reentrant"> & {
  /** How many permits there are. All who share the semaphore have to say the same; the least of them holds. */
  readonly permits: number;
};

/** How to wait for permits. */
export interface PermitOptions extends AcquireOptions {
  /**
   * How many permits to take, all or none.
   * @default 1
   */
  readonly permits?: number | undefined;
}

/**
 * A limit across processes: at most so many permits are held at a time, in the order in which they were asked for. Who asks
 * for many is not overtaken by those who ask for few.
 */
export class Semaphore {
  readonly path: string;
  /** How many permits there are. */
  readonly permits: number;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedLock;
  readonly #turnstile: Mutex;
  readonly #leases: string;
  readonly #what: string;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: SemaphoreOptions) {
    const { acl, logger, clock, random } = options;
    this.#zk = zk;
    this.#options = resolveLock("semaphore", "semaphores", options as LockOptions);
    this.permits = checkedPermits(options.permits, Number.MAX_SAFE_INTEGER);
    this.path = this.#options.path;
    this.#leases = `${this.path}/leases`;
    this.#what = `a permit of the semaphore ${this.#options.label}`;
    const settings = { acl, logger, clock, random, id: options.id };
    // A lost connection does not cost a contender its turn: what counts are the leases.
    this.#turnstile = new Mutex(zk, { ...settings, path: `${this.path}/locks`, onSuspended: "keep" });
  }

  /**
   * Waits for permits, for as long as it takes. Rejects with `ABORTED` when `signal` aborts before, with an
   * `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when the client is closed, and with what the ensemble refused;
   * then none of the permits is held. The grant is lost as a whole when one of its permits is.
   */
  acquire(options: PermitOptions = {}): Promise<Grant> {
    const permits = checkedPermits(options.permits ?? 1, this.permits);
    return withinTime(this.#what, options, this.#options.clock, async (signal) => {
      for (;;) {
        await using turn = await this.#turnstile.acquire({ signal, onPosition: options.onPosition });
        try {
          return await this.#take(permits, AbortSignal.any([turn.signal, ...(signal === undefined ? [] : [signal])]));
        } catch (error) {
          // A turn that went with its session is waited for again, in the next.
          if (!turn.signal.aborted || signal?.aborted === true) throw error;
        }
      }
    });
  }

  /** As {@link acquire}, where the permits are there and nobody waits before us; else `undefined`. */
  async tryAcquire({
    signal,
    permits = 1,
  }: OperationOptions & Pick<PermitOptions, "permits"> = {}): Promise<Grant | undefined> {
    checkedPermits(permits, this.permits);
    await using turn = await this.#turnstile.tryAcquire({ signal });
    if (turn === undefined) return undefined;
    const held = await this.holders({ signal });
    if (held.length + permits > this.permits) return undefined;
    return await this.#take(permits, turn.signal);
  }

  /** Acquires, runs `task` and releases, also where the task throws; resolves with what the task returned. */
  async run<T>(task: (grant: Grant) => Promise<T> | T, options: PermitOptions = {}): Promise<T> {
    const grant = await this.acquire(options);
    try {
      return await task(grant);
    } finally {
      await grant.release();
    }
  }

  /** One for each permit that is held, or about to be, by what this client's server knows. */
  holders(options: OperationOptions = {}): Promise<LockContender[]> {
    return readContenders(this.#zk, this.#leases, order, options);
  }

  #take(permits: number, signal: AbortSignal): Promise<CombinedGrant> {
    return winAll(Array.from({ length: permits }, () => () => this.#takeOne(signal)));
  }

  #takeOne(signal: AbortSignal): Promise<HeldGrant> {
    return new PlaceInLine<HeldGrant>(
      {
        ...this.#options,
        zk: this.#zk,
        path: this.#leases,
        stem: STEM,
        data: this.#options.id,
        // Every lease counts, whatever its place: who has the turnstile is the only one that may be too many.
        ahead: (children) => (order.inLine(children).length > this.permits ? [THE_LINE_ITSELF] : []),
        watchesLine: true,
        what: this.#what,
        grant: (facts) => new HeldGrant(facts),
      },
      signal,
    ).stand();
  }
}

function checkedPermits(permits: number, limit: number): number {
  if (Number.isSafeInteger(permits) && permits >= 1 && permits <= limit) return permits;
  const range = limit === Number.MAX_SAFE_INTEGER ? "1 or more" : `between 1 and ${limit}`;
  throw new TypeError(`permits is a whole number, ${range}, not ${String(permits)}`);
}
