import type { OperationOptions, ZooKeeper } from "@conclave/client";
import type { AcquireOptions } from "../grant/acquire-options.js";
import type { Lock, LockContender } from "../lock/lock.js";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";
import { type LockOptions, resolveLock } from "../lock/lock-options.js";
import { QueuedLock } from "../lock/queued-lock.js";
import { waiterOrder } from "../wait-queue/waiter-order.js";

/*
 * Layout of Curator's InterProcessMutex, so that Java and Node.js processes can share one:
 *
 *     <path>/_c_<uuid>-lock-<sequence number>     ephemeral; its data is the contender's id, in UTF-8
 */
const STEM = "lock-";
const order = waiterOrder(STEM);

/** Options of {@link Mutex}. A name means the path `/conclave/locks/<name>`. */
export type MutexOptions = LockOptions;

/** A lock with one holder at a time, in the order of the calls. Constructing one sends no request. */
export class Mutex implements Lock {
  readonly path: string;
  readonly #lock: Lock;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: MutexOptions) {
    const resolved = resolveLock("mutex", "locks", options);
    this.path = resolved.path;
    this.#lock = new QueuedLock<HeldLock>({
      ...resolved,
      zk,
      what: `the lock ${resolved.label}`,
      stem: STEM,
      order,
      ahead: order.earlierThan,
      grant: (parameters) => new HeldLock(parameters),
    });
  }

  /** See {@link Lock.acquire}. */
  acquire(options?: AcquireOptions): Promise<LockGrant> {
    return this.#lock.acquire(options);
  }

  /** See {@link Lock.tryAcquire}. */
  tryAcquire(options?: OperationOptions): Promise<LockGrant | undefined> {
    return this.#lock.tryAcquire(options);
  }

  /** See {@link Lock.isFree}. */
  isFree(options?: OperationOptions): Promise<boolean> {
    return this.#lock.isFree(options);
  }

  /** See {@link Lock.run}. */
  run<T>(task: (grant: LockGrant) => Promise<T> | T, options?: AcquireOptions): Promise<T> {
    return this.#lock.run(task, options);
  }

  /** See {@link Lock.contenders}. */
  contenders(options?: OperationOptions): Promise<LockContender[]> {
    return this.#lock.contenders(options);
  }

  /** See {@link Lock.requestRevocation}. */
  requestRevocation(options?: OperationOptions): Promise<boolean> {
    return this.#lock.requestRevocation(options);
  }
}
