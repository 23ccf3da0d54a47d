import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type AcquireOptions, withinTime } from "../acquire-options.js";
import { runUnderGrant } from "../grant/run-under-grant.js";
import type { Grant } from "../grant.js";
import { HeldGrant } from "../held-grant.js";
import { lineOrder } from "../line/line-order.js";
import { THE_LINE_ITSELF } from "../line/line-state.js";
import { PlaceInLine } from "../line/place-in-line.js";
import { atOnce } from "../lock/at-once.js";
import { readContenders } from "../lock/contenders.js";
import type { LockContender } from "../lock/lock.js";
import type { LockGrant } from "../lock/lock-grant.js";
import type { LockOptions, ResolvedLock } from "../lock/lock-options.js";
import { resolveLock } from "../lock/lock-options.js";
import { Mutex } from "../mutex/mutex.js";
import { type Win, winAll } from "../several/win-all.js";

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
   * then none of the permits is held. A permit that is lost while the next is waited for is taken again; the grant is lost as
   * a whole when one of its permits is. `onPosition` is told of the line of those who wait for permits.
   */
  acquire({ permits = 1, onPosition, ...options }: PermitOptions = {}): Promise<Grant> {
    checkedPermits(permits, this.permits);
    return withinTime(this.#what, options, this.#options.clock, (within) =>
      inTurn<LockGrant, Grant>(
        () => this.#turnstile.acquire({ signal: within, onPosition }),
        (signal) =>
          winAll(
            times(permits, (now) => this.#stand({ signal: now })),
            signal,
          ),
        within,
      ),
    );
  }

  /** As {@link acquire}, where the permits are there and nobody waits before us; else `undefined`. */
  async tryAcquire({
    signal: within,
    permits = 1,
  }: OperationOptions & Pick<PermitOptions, "permits"> = {}): Promise<Grant | undefined> {
    checkedPermits(permits, this.permits);
    return inTurn(
      () => this.#turnstile.tryAcquire({ signal: within }),
      (signal) =>
        winAll<HeldGrant>(
          times(permits, (now) => atOnce({ signal: now }, (at) => this.#stand(at))),
          signal,
        ),
      within,
    );
  }

  /** Acquires, runs `task` and releases, also where the task throws; resolves with what the task returned. */
  run<T>(task: (grant: Grant) => Promise<T> | T, options: PermitOptions = {}): Promise<T> {
    return runUnderGrant(() => this.acquire(options), task);
  }

  /** One for each permit that is held, or about to be, by what this client's server knows. */
  holders(options: OperationOptions = {}): Promise<LockContender[]> {
    return readContenders(this.#zk, this.#leases, order, options);
  }

  #stand({ signal, onPosition }: AcquireOptions): Promise<HeldGrant> {
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
        onPosition,
      },
      signal,
    ).stand();
  }
}

/** Takes while the turn is ours. One that is lost, as with its session, is waited for again. */
async function inTurn<Turn extends LockGrant | undefined, T>(
  next: () => Promise<Turn>,
  take: (signal: AbortSignal) => Promise<T>,
  within: AbortSignal | undefined,
): Promise<T | Extract<Turn, undefined>> {
  for (;;) {
    await using turn = await next();
    if (turn === undefined) return undefined as Extract<Turn, undefined>;
    try {
      return await take(within === undefined ? turn.signal : AbortSignal.any([turn.signal, within]));
    } catch (error) {
      if (!turn.signal.aborted || within?.aborted === true) throw error;
    }
  }
}

function times<G>(count: number, win: Win<G>): Win<G>[] {
  return Array.from({ length: count }, () => win);
}

function checkedPermits(permits: number, limit: number): number {
  if (Number.isSafeInteger(permits) && permits >= 1 && permits <= limit) return permits;
  const range = limit === Number.MAX_SAFE_INTEGER ? "1 or more" : `between 1 and ${limit}`;
  throw new TypeError(`permits is a whole number, ${range}, not ${String(permits)}`);
}
