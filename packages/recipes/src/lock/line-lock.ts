import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type AcquireOptions, withinTime } from "../acquire-options.js";
import { runUnderGrant } from "../grant/run-under-grant.js";
import { LAST_NUMBER, type LineOrder } from "../line/line-order.js";
import type { LineRules } from "../line/line-state.js";
import { PlaceInLine } from "../line/place-in-line.js";
import { atOnce } from "./at-once.js";
import { readContenders } from "./contenders.js";
import type { Lock, LockContender } from "./lock.js";
import type { HeldLock, MakeLock } from "./lock-grant.js";
import type { ResolvedLock } from "./lock-options.js";
import { askForGrant, isRevocation } from "./revocation.js";
import { RunContext } from "./run-context.js";

/** What makes one lock different from another. */
export interface LineLockOptions<G extends HeldLock> extends ResolvedLock {
  readonly zk: ZooKeeper;
  /** What is granted, for messages: `the lock reports`. */
  readonly what: string;
  readonly stem: string;
  /** Everybody in the line, also those that are not waited for. */
  readonly order: LineOrder;
  readonly ahead: LineRules["ahead"];
  readonly grant: MakeLock<G>;
}

/** A {@link Lock} that is a line of znodes. */
export class LineLock<G extends HeldLock> implements Lock<G> {
  readonly path: string;
  readonly #options: LineLockOptions<G>;
  readonly #context = new RunContext<G>();

  constructor(options: LineLockOptions<G>) {
    this.path = options.path;
    this.#options = options;
  }

  acquire(options: AcquireOptions = {}): Promise<G> {
    const { what, clock } = this.#options;
    return withinTime(what, options, clock, (signal) => this.#stand({ ...options, signal }));
  }

  async tryAcquire(options: OperationOptions = {}, ahead = this.#options.ahead): Promise<G | undefined> {
    for (;;) {
      if (!(await this.#isFree(options, ahead))) return undefined;
      const grant = await atOnce(options, (now) => this.#stand(now, ahead));
      if (grant !== undefined) return grant;
      // Another came between the look and our znode. It may be gone by now: only a look, which leaves nothing, says no.
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
        `${this.#options.what} is held by the caller itself, and run within run would wait for itself: make the lock with { reentrant: true }, or use the grant that is held`,
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
    return askForGrant(zk, this.path, order, options);
  }

  /**
   * Resolves with true where a contender that came now would not wait. Attempts look before they make a znode: otherwise each
   * of those that keep trying finds the znode of the one before it, which is about to give up, and none gets a free lock.
   */
  async #isFree(options: OperationOptions, ahead: LineRules["ahead"]): Promise<boolean> {
    const { zk, path, stem } = this.#options;
    const newcomer = stem + LAST_NUMBER;
    try {
      const [, children] = await Promise.all([zk.sync(path, options), zk.getChildren(path, options)]);
      return ahead([...children, newcomer], newcomer).length === 0;
    } catch {
      // There is no line yet; or an attempt meets the same error, and reports it.
      return true;
    }
  }

  #stand({ signal, onPosition }: AcquireOptions, ahead = this.#options.ahead): Promise<G> {
    const { id, grant } = this.#options;
    return new PlaceInLine<G>(
      { ...this.#options, data: id, ahead, grant, onPosition, isWish: isRevocation, onWanted: (held) => held.want() },
      signal,
    ).stand();
  }
}
