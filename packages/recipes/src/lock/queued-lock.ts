import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type AcquireOptions, withinTime } from "../grant/acquire-options.js";
import { runUnderGrant } from "../grant/run-under-grant.js";
import { Waiter } from "../wait-queue/waiter.js";
import { LAST_NUMBER, type WaiterOrder } from "../wait-queue/waiter-order.js";
import type { WaiterRules } from "../wait-queue/waiter-step.js";
import { readContenders } from "./contenders.js";
import type { Lock, LockContender } from "./lock.js";
import type { HeldLock, MakeLock } from "./lock-grant.js";
import type { ResolvedLock } from "./lock-options.js";
import { isRevocationRequest, requestRevocation } from "./revocation.js";
import { RunContext } from "./run-context.js";
import { withoutWaiting } from "./without-waiting.js";

/** Options in which the kinds of locks differ. */
export interface QueuedLockOptions<G extends HeldLock> extends ResolvedLock {
  readonly zk: ZooKeeper;
  /** Name of the lock in messages: `the lock reports`. */
  readonly what: string;
  /** Part of the znode's name between the marker and the sequence number. */
  readonly stem: string;
  /** Order of all contenders in the queue, including those that this kind of lock does not wait for. */
  readonly order: WaiterOrder;
  readonly ahead: WaiterRules["ahead"];
  readonly grant: MakeLock<G>;
}

/** A {@link Lock} based on a queue of znodes. */
export class QueuedLock<G extends HeldLock> implements Lock<G> {
  readonly path: string;
  readonly #options: QueuedLockOptions<G>;
  readonly #context = new RunContext<G>();

  constructor(options: QueuedLockOptions<G>) {
    this.path = options.path;
    this.#options = { ...options, zk: options.zk.readWrite };
  }

  acquire(options: AcquireOptions = {}): Promise<G> {
    const { what, clock } = this.#options;
    return withinTime(what, options, clock, (signal) => this.#wait({ ...options, signal }));
  }

  async tryAcquire(options: OperationOptions = {}, ahead = this.#options.ahead): Promise<G | undefined> {
    for (;;) {
      if (!(await this.#isFree(options, ahead))) return undefined;
      const grant = await withoutWaiting(options, (now) => this.#wait(now, ahead));
      if (grant !== undefined) return grant;
      // Another contender joined the queue between the read and the creation, and may have left since: read it again. Only that
      // read decides that the lock is taken, because it creates no znode.
    }
  }

  isFree(options: OperationOptions = {}): Promise<boolean> {
    return this.#isFree(options, this.#options.ahead);
  }

  async run<T>(task: (grant: G) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    const held = this.#context.current;
    if (held !== undefined) {
      if (this.#options.reentrant) return this.#context.nest(() => task(held));
      throw new Error(
        `${this.#options.what} is held by the caller itself, so run within run would wait for itself: construct the lock with { reentrant: true }, or use the held grant`,
      );
    }
    return runUnderGrant(
      () => this.acquire(options),
      (grant) => this.#context.run(grant, () => task(grant)),
    );
  }

  contenders(options: OperationOptions = {}): Promise<LockContender[]> {
    return readContenders(this.#options.zk, this.path, this.#options.order, options);
  }

  async requestRevocation(options: OperationOptions = {}): Promise<boolean> {
    const { zk, order } = this.#options;
    return requestRevocation(zk, this.path, order, options);
  }

  /**
   * Resolves with true if a contender that joined now would not wait. An attempt reads the queue before it creates a znode: if
   * attempts created one at once, each of several that retry could find the znode of another that is about to give up, and none
   * would get a free lock.
   */
  async #isFree(options: OperationOptions, ahead: WaiterRules["ahead"]): Promise<boolean> {
    const { zk, path, stem } = this.#options;
    const newcomer = stem + LAST_NUMBER;
    try {
      const [, children] = await Promise.all([zk.sync(path, options), zk.getChildren(path, options)]);
      return ahead([...children, newcomer], newcomer).length === 0;
    } catch {
      // The queue does not exist yet, or the attempt fails with the same error and reports it.
      return true;
    }
  }

  #wait({ signal, onPosition }: AcquireOptions, ahead = this.#options.ahead): Promise<G> {
    const { id, grant } = this.#options;
    return new Waiter<G>(
      {
        ...this.#options,
        data: id,
        ahead,
        grant,
        onPosition,
        isRevocationRequest: isRevocationRequest,
        onRevocationRequested: (held) => held.requestRevocation(),
      },
      signal,
    ).wait();
  }
}
