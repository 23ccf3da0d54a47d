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

/** Part of a permit's znode name between the marker and the sequence number. Curator calls a permit a lease. */
export const PERMIT_STEM = "lease-";

/** Order of the permits of a semaphore, the oldest first. */
export const permitOrder = waiterOrder(PERMIT_STEM);

/** Result of one read of the permits. */
export interface PermitSnapshot {
  /** Number of permit znodes: held ones, and that of the contender that waits. */
  readonly count: number;
  /** Data version of their parent. Each creation of a permit by this package increments it. */
  readonly version: number;
}

/**
 * The permit znodes of a semaphore. Each creation also writes their parent. So an attempt can create its permits on the
 * condition that no other was created since it read them: it creates all of them or none. SPEC.md has the protocol.
 */
export class PermitZnodes {
  readonly #zk: ZooKeeper;
  readonly #path: string;
  readonly #data: string;
  readonly #options: ResolvedRecipe;
  /** True if the ACL does not allow writes to the parent: only the order of the permits decides then. */
  #isUnversioned = false;

  constructor(zk: ZooKeeper, path: string, data: string, options: ResolvedRecipe) {
    this.#zk = zk;
    this.#path = path;
    this.#data = data;
    this.#options = options;
  }

  /** Reads the permits, at least as recent as the ensemble's state at the call. Creates their parent if it does not exist. */
  async read(signal: AbortSignal | undefined): Promise<PermitSnapshot> {
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

  /** Creates one permit unconditionally. `prefix` is its path up to the sequence number. Rejects as a transaction does. */
  readonly create = async (prefix: string, data: ZnodeData, options: CreateOptions): Promise<WaiterNode> => {
    if (!this.#isUnversioned) {
      try {
        const transaction = this.#zk.transaction().setData(this.#path, null).create(prefix, data, options);
        const [{ mzxid }, path] = await transaction.commit();
        return { name: this.#nameOf(path), czxid: mzxid };
      } catch (error) {
        throw this.#withoutVersion(error);
      }
    }
    const { path, stat } = await this.#zk.create2(prefix, data, options);
    return { name: this.#nameOf(path), czxid: stat.czxid };
  };

  /**
   * Creates `count` permits in one transaction if none was created since `version` was read; resolves with them in the order of
   * their sequence numbers. Rejects with `BAD_VERSION` if one was, or if that cannot be determined; then none of the `count`
   * permits exists. Sends the transaction synchronously.
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
        throw this.#withoutVersion(error);
      }
    }
    const transaction = this.#zk.transaction();
    for (const permit of permits) transaction.create(permit, this.#data, options);
    const names = ((await transaction.commit()) as unknown as string[]).map((path) => this.#nameOf(path));
    return this.#withCzxid(names);
  }

  /** Finds the permits of an attempt whose reply was lost; none if it was not applied. It cannot be applied after this call. */
  async #find(marker: string, sessionId: bigint): Promise<readonly WaiterNode[]> {
    if (this.#isUnversioned) {
      await cleanUpForSure(this.#path, marker, this.#tools);
      return [];
    }
    for (;;) {
      try {
        // This write increments the version, so a transaction that is still pending fails after it.
        const [, children] = await Promise.all([this.#zk.setData(this.#path, null), this.#zk.getChildren(this.#path)]);
        const names = children.filter((name) => name.startsWith(marker));
        return this.#zk.sessionId === sessionId ? await this.#withCzxid(permitOrder.waiters(names)) : [];
      } catch (error) {
        if (isZkError(error, "NO_NODE")) return [];
        await rethrowUnlessRetryable(this.#zk, error);
      }
    }
  }

  /** Adds the czxid, which is the same for all: they were created in one transaction. */
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
   * Returns the error to throw. If the ACL does not allow writes to the parent, the next creation omits the version. It is not
   * sent here, because a read of the queue that has to follow the creation is already pending.
   */
  #withoutVersion(error: unknown): unknown {
    if (!isZkError(error, "NO_AUTH") || error.path !== this.#path) return error;
    this.#isUnversioned = true;
    return new SendAnotherForm();
  }
}
