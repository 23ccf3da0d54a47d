import {
  CreateMode,
  type CreateOptions,
  isZkError,
  protectionMarker,
  type ZnodeData,
  type ZooKeeper,
} from "@conclave/client";
import { ensurePath } from "../background/ensure-path.js";
import { cleanUpForSure, type DeletionTools } from "../background/guaranteed-delete.js";
import type { ResolvedRecipe } from "../options/recipe-options.js";
import { creationFailure, SendAnotherForm } from "../wait-queue/step-failure.js";
import { waiterOrder } from "../wait-queue/waiter-order.js";
import type { WaiterNode } from "../wait-queue/waiter-step.js";
import { rethrowUnlessRetryable } from "../watching/watch-until.js";

/** The part of a lease's name between its marker and its number. */
export const PERMIT_STEM = "lease-";

/** The leases of a semaphore, the oldest first. */
export const permitOrder = waiterOrder(PERMIT_STEM);

/** The leases at one moment. */
export interface PermitSnapshot {
  /** Number of leases: of holders, and of one contender that waits. */
  readonly count: number;
  /** The data version of their parent, which each creation of a lease by this package raises. */
  readonly version: number;
}

/**
 * The leases of a semaphore on the ensemble. Each creation also writes their parent, so that an attempt can make its
 * leases on the condition that no other was made since it looked: either it gets them all, or it leaves nothing.
 * SPEC.md has the protocol.
 */
export class PermitZnodes {
  readonly #zk: ZooKeeper;
  readonly #path: string;
  readonly #data: string;
  readonly #options: ResolvedRecipe;
  /** Set when the ACL of the parent does not let us write it: attempts then go by the order of the leases alone. */
  #isUnversioned = false;

  constructor(zk: ZooKeeper, path: string, data: string, options: ResolvedRecipe) {
    this.#zk = zk;
    this.#path = path;
    this.#data = data;
    this.#options = options;
  }

  /** Looks at the leases, as new as the ensemble has them at the call. Makes their parent where it is missing. */
  async look(signal: AbortSignal | undefined): Promise<PermitSnapshot> {
    for (;;) {
      try {
        const [, { children, stat }] = await Promise.all([
          this.#zk.sync(this.#path, { signal }),
          this.#zk.getChildren2(this.#path, { signal }),
        ]);
        return { count: permitOrder.waiters(children).length, version: stat.version };
      } catch (error) {
        if (isZkError(error, "NO_NODE")) await ensurePath(this.#zk, this.#path, { ...this.#options, signal });
        else await rethrowUnlessRetryable(this.#zk, error);
      }
    }
  }

  /** Makes one lease, whatever others do; `prefix` is its path up to the number. Rejects as a transaction does. */
  readonly create = async (prefix: string, data: ZnodeData, options: CreateOptions): Promise<WaiterNode> => {
    if (!this.#isUnversioned) {
      try {
        const transaction = this.#zk.transaction().setData(this.#path, null).create(prefix, data, options);
        const [{ mzxid }, path] = await transaction.commit();
        return { name: this.#nameOf(path), czxid: mzxid };
      } catch (error) {
        throw this.#without(error);
      }
    }
    const { path, stat } = await this.#zk.create2(prefix, data, options);
    return { name: this.#nameOf(path), czxid: stat.czxid };
  };

  /**
   * Makes so many leases in one transaction, in the order of their numbers, if none was made since `version` was looked
   * at. Rejects with `BAD_VERSION` where one was, and where it cannot be known any more; then none of ours is there. The
   * transaction is sent within the call.
   */
  async createAll(count: number, version: number): Promise<readonly WaiterNode[]> {
    const marker = protectionMarker(this.#options.random);
    const { sessionId } = this.#zk;
    try {
      return await this.#commit(count, marker, version);
    } catch (error) {
      if (creationFailure(error) !== "unknown") throw error;
      const found = await this.#find(marker, sessionId);
      if (found.length === count) return found;
      throw error;
    }
  }

  async #commit(count: number, marker: string, version: number): Promise<readonly WaiterNode[]> {
    const permits = Array.from({ length: count }, () => `${this.#path}/${marker}${PERMIT_STEM}`);
    const options = { mode: CreateMode.EPHEMERAL_SEQUENTIAL, acl: this.#options.acl };
    if (!this.#isUnversioned) {
      const transaction = this.#zk.transaction().setData(this.#path, null, version);
      for (const permit of permits) transaction.create(permit, this.#data, options);
      try {
        const [{ mzxid }, ...paths] = (await transaction.commit()) as unknown as [{ mzxid: bigint }, ...string[]];
        return paths.map((path) => ({ name: this.#nameOf(path), czxid: mzxid }));
      } catch (error) {
        throw this.#without(error);
      }
    }
    const transaction = this.#zk.transaction();
    for (const permit of permits) transaction.create(permit, this.#data, options);
    const names = ((await transaction.commit()) as unknown as string[]).map((path) => this.#nameOf(path));
    return this.#withCzxid(names);
  }

  /** Finds the leases of an attempt with a lost answer; none if it was not done, and cannot be done later. */
  async #find(marker: string, sessionId: bigint): Promise<readonly WaiterNode[]> {
    if (this.#isUnversioned) {
      await cleanUpForSure(this.#path, marker, this.#tools);
      return [];
    }
    for (;;) {
      try {
        // This write raises the version, so an attempt that is still under way is refused after it.
        const [, children] = await Promise.all([this.#zk.setData(this.#path, null), this.#zk.getChildren(this.#path)]);
        const names = children.filter((name) => name.startsWith(marker));
        return this.#zk.sessionId === sessionId ? await this.#withCzxid(permitOrder.waiters(names)) : [];
      } catch (error) {
        if (isZkError(error, "NO_NODE")) return [];
        await rethrowUnlessRetryable(this.#zk, error);
      }
    }
  }

  /** The czxid of all is that of the first: they were made in one transaction. */
  async #withCzxid(names: readonly string[]): Promise<readonly WaiterNode[]> {
    const stat = names[0] === undefined ? null : await this.#zk.exists(`${this.#path}/${names[0]}`);
    return stat === null ? [] : names.map((name) => ({ name, czxid: stat.czxid }));
  }

  get #tools(): DeletionTools {
    return { ...this.#options, zk: this.#zk };
  }

  #nameOf(path: string): string {
    return path.slice(this.#path.length + 1);
  }

  /**
   * Returns the error to throw. If the parent must not be written, the next attempt leaves its version alone; it is not sent
   * from here, because a read of the queue that precedes it is already on its way.
   */
  #without(error: unknown): unknown {
    if (!isZkError(error, "NO_AUTH") || error.path !== this.#path) return error;
    this.#isUnversioned = true;
    return new SendAnotherForm();
  }
}
