import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { type Acquire, acquireAll } from "../grant/acquire-all.js";
import { type AcquireOptions, withinTime } from "../grant/acquire-options.js";
import { CombinedGrant } from "../grant/combined-grant.js";
import type { Grant } from "../grant/grant.js";
import { HeldGrant } from "../grant/held-grant.js";
import { runUnderGrant } from "../grant/run-under-grant.js";
import { readContenders } from "../lock/contenders.js";
import type { LockContender } from "../lock/lock.js";
import type { LockGrant } from "../lock/lock-grant.js";
import type { LockOptions, ResolvedLock } from "../lock/lock-options.js";
import { resolveLock } from "../lock/lock-options.js";
import { withoutWaiting } from "../lock/without-waiting.js";
import { Mutex } from "../mutex/mutex.js";
import { Waiter, type WaiterOptions } from "../wait-queue/waiter.js";
import { type WaiterNode, WHOLE_QUEUE } from "../wait-queue/waiter-step.js";
import { PERMIT_STEM, PermitZnodes, permitOrder } from "./permit-znodes.js";

/*
 * Layout of Curator's InterProcessSemaphoreV2, so that Java and Node.js processes can share one:
 *
 *     <path>/leases/_c_<uuid>-lease-<sequence number>    ephemeral: one permit
 *     <path>/locks/…                                     a mutex: its holder is the one contender that waits for permits
 *
 * Curator calls a permit a lease. A permit is held if fewer than `permits` permits are older. SPEC.md explains why that is
 * enough, also if contenders use Curator.
 */

/** Options of {@link Semaphore}. A name means the path `/conclave/semaphores/<name>`. */
export type SemaphoreOptions = Omit<LockOptions, "reentrant"> & {
  /** Total number of permits. All processes that share the semaphore must use the same number; the smallest one applies. */
  readonly permits: number;
};

/** Options of a wait for permits. */
export interface PermitOptions extends AcquireOptions {
  /**
   * Number of permits to acquire, all or none.
   * @default 1
   */
  readonly permits?: number | undefined;
}

/**
 * A limit across processes: at most `permits` permits are held at a time. Calls of `acquire` are served in their order; a call
 * for many permits is not overtaken by waiting calls for few.
 */
export class Semaphore {
  readonly path: string;
  /** Total number of permits. */
  readonly permits: number;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedLock;
  readonly #queueLock: Mutex;
  readonly #znodes: PermitZnodes;
  readonly #permitsPath: string;
  readonly #what: string;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: SemaphoreOptions) {
    const { acl, logger, clock, random } = options;
    this.#zk = zk.readWrite;
    this.#options = resolveLock("semaphore", "semaphores", options as LockOptions);
    this.permits = checkedPermits(options.permits, Number.MAX_SAFE_INTEGER);
    this.path = this.#options.path;
    this.#permitsPath = `${this.path}/leases`;
    this.#znodes = new PermitZnodes(this.#zk, this.#permitsPath, this.#options.id, this.#options);
    this.#what = `a permit of the semaphore ${this.#options.label}`;
    const settings = { acl, logger, clock, random, id: options.id };
    // With `keep` a contender keeps its place in the queue over a lost connection; the permits are what excludes others.
    this.#queueLock = new Mutex(zk, { ...settings, path: `${this.path}/locks`, onSuspended: "keep" });
  }

  /**
   * Waits for permits without a time limit. Rejects with `ABORTED` if `signal` aborts before, with an
   * `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when the client is closed, and with the error of a rejected
   * request; then no permit is held. A permit that is lost while the next is pending is acquired again; the grant is lost as
   * a whole when one of its permits is. `onPosition` reports the position among the waiting contenders.
   */
  acquire({ permits = 1, onPosition, ...options }: PermitOptions = {}): Promise<Grant> {
    checkedPermits(permits, this.permits);
    return withinTime(this.#what, options, this.#options.clock, (within) =>
      whileHolding<Grant>(
        () => this.#queueLock.acquire({ signal: within, onPosition }),
        (signal) =>
          acquireAll(
            repeated(permits, (now) => this.#wait({ signal: now })),
            signal,
          ),
        within,
      ),
    );
  }

  /**
   * Acquires free permits without waiting; resolves with `undefined`, and leaves no znode, if fewer than `permits` were free at
   * a moment of the call. It does not join the queue, and does not wait for contenders in it. Rejects as {@link acquire}.
   */
  async tryAcquire({
    signal,
    permits = 1,
  }: OperationOptions & Pick<PermitOptions, "permits"> = {}): Promise<Grant | undefined> {
    checkedPermits(permits, this.permits);
    for (;;) {
      const { count, version } = await this.#znodes.read(signal);
      if (count + permits > this.permits) return undefined;
      const won = await this.#takeAll(permits, version, signal);
      if (won !== undefined) return new CombinedGrant(won);
    }
  }

  /** Acquires, runs `task` and releases, also if the task throws; resolves with the result of the task. */
  run<T>(task: (grant: Grant) => Promise<T> | T, options: PermitOptions = {}): Promise<T> {
    return runUnderGrant(() => this.acquire(options), task);
  }

  /** Resolves with one entry per permit that is held or waited for, as this client's server knows them. */
  holders(options: OperationOptions = {}): Promise<LockContender[]> {
    return readContenders(this.#zk, this.#permitsPath, permitOrder, options);
  }

  /**
   * Acquires `permits` permits if none was created since `version` was read; otherwise resolves with `undefined`, holding none.
   */
  async #takeAll(
    permits: number,
    version: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly HeldGrant[] | undefined> {
    let creation: Promise<readonly WaiterNode[]> | undefined;
    const take = (index: number): Promise<HeldGrant | undefined> => {
      let isCreated = false;
      const create = async (): Promise<WaiterNode> => {
        if (isCreated) throw new OutdatedAttempt();
        isCreated = true;
        creation ??= this.#znodes.createAll(permits, version);
        return (await creation)[index]!;
      };
      return withoutWaiting({ signal }, (now) => this.#wait(now, { create, watchesQueue: false }));
    };
    const taken = await Promise.allSettled(Array.from({ length: permits }, (_, index) => take(index)));
    const won = taken.flatMap((each) => (each.status === "fulfilled" && each.value !== undefined ? [each.value] : []));
    if (won.length === permits && won.every((grant) => !grant.signal.aborted)) return won;
    await Promise.all(won.map((grant) => grant.release()));
    for (const each of taken) if (each.status === "rejected" && !isOvertaken(each.reason)) throw each.reason;
    return undefined;
  }

  #wait(
    { signal, onPosition }: AcquireOptions,
    overrides: Pick<WaiterOptions<HeldGrant>, "create" | "watchesQueue"> = {
      create: this.#znodes.create,
      watchesQueue: true,
    },
  ): Promise<HeldGrant> {
    return new Waiter<HeldGrant>(
      {
        ...this.#options,
        ...overrides,
        zk: this.#zk,
        path: this.#permitsPath,
        stem: PERMIT_STEM,
        data: this.#options.id,
        ahead: (children, own) => (permitOrder.earlierThan(children, own).length >= this.permits ? [WHOLE_QUEUE] : []),
        what: this.#what,
        grant: (parameters) => new HeldGrant(parameters),
        onPosition,
      },
      signal,
    ).wait();
  }
}

/** Error of an attempt whose permits no longer exist, as after an expired session: the permits have to be read again. */
class OutdatedAttempt extends Error {}

/** Returns true if an attempt failed because of other contenders or its connection, and has to read the permits again. */
function isOvertaken(error: unknown): boolean {
  return error instanceof OutdatedAttempt || isZkError(error, "BAD_VERSION");
}

/** Runs `take` while the queue lock is held. Acquires the lock again if it is lost, as with its session. */
async function whileHolding<T>(
  next: () => Promise<LockGrant>,
  take: (signal: AbortSignal) => Promise<T>,
  within: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    await using lock = await next();
    try {
      return await take(within === undefined ? lock.signal : AbortSignal.any([lock.signal, within]));
    } catch (error) {
      if (!lock.signal.aborted || within?.aborted === true) throw error;
    }
  }
}

function repeated<G>(count: number, acquire: Acquire<G>): Acquire<G>[] {
  return Array.from({ length: count }, () => acquire);
}

function checkedPermits(permits: number, limit: number): number {
  if (Number.isSafeInteger(permits) && permits >= 1 && permits <= limit) return permits;
  const range = limit === Number.MAX_SAFE_INTEGER ? "1 or more" : `between 1 and ${limit}`;
  throw new TypeError(`permits must be a whole number, ${range}, not ${String(permits)}`);
}
