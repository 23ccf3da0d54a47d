import {
  CreateMode,
  type Finding,
  isZkError,
  type OperationOptions,
  protectionMarker,
  retry,
  type WatchListener,
  type ZkError,
  type ZooKeeper,
} from "@conclave/client";
import { ensurePath } from "../background/ensure-path.js";
import { deleteOwnForSure } from "../background/guaranteed-delete.js";
import { HeldItem } from "./queue-item.js";
import type { ResolvedQueue } from "./queue-options.js";
import { itemsToTake } from "./queue-order.js";

/*
 *     <path>/items/_c_<uuid>-item-<number>               persistent; its version is the number of deliveries
 *     <path>/items/_c_<uuid>-item-<priority>-<number>    the same, with a priority
 *     <path>/taken/<name of the item>                    ephemeral, of the consumer that holds it; its data is a new marker
 *     <path>/dead/<name of the item>                     an item that was delivered too often, or cannot be decoded
 *     <path>/waiting/…                                   a mutex: its holder is the consumer that watches the queue
 */

/** The znodes of a queue. */
export class QueueStore<T> {
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedQueue<T>;
  readonly #items: string;
  readonly #taken: string;

  constructor(zk: ZooKeeper, options: ResolvedQueue<T>) {
    this.#zk = zk;
    this.#options = options;
    this.#items = `${options.path}/items`;
    this.#taken = `${options.path}/taken`;
  }

  async length(options: OperationOptions): Promise<number> {
    return (await this.#zk.exists(this.#items, options))?.numChildren ?? 0;
  }

  /**
   * Puts an item exactly once. After a lost reply its marker is not enough to find it, as it may already have been
   * acknowledged. So an ephemeral proof is created in the same transaction.
   */
  async put(stem: string, value: T, { signal }: OperationOptions): Promise<void> {
    const { acl, clock, random, codec, path } = this.#options;
    const bytes = codec.encode(value);
    const marker = protectionMarker(random);
    const proof = `${path}/${marker}proof`;
    const attempt = async (): Promise<void> => {
      const transaction = this.#zk
        .transaction()
        .create(`${this.#items}/${marker}${stem}`, bytes, { mode: CreateMode.PERSISTENT_SEQUENTIAL, acl })
        .create(proof, null, { mode: CreateMode.EPHEMERAL });
      await transaction.commit({ signal });
    };
    const ifUnknown = async (): Promise<Finding<void>> => {
      const [, proofStat, items] = await Promise.all([
        this.#zk.sync(path, { signal }),
        this.#zk.exists(proof, { signal }),
        this.#children(this.#items, () => undefined, { signal }),
      ]);
      const isDone = proofStat !== null || items.some((name) => name.startsWith(marker));
      return isDone ? { done: true, result: undefined } : { done: false };
    };
    for (;;) {
      try {
        await retry(this.#zk, attempt, { signal, clock, random, ifUnknown, attempts: Number.POSITIVE_INFINITY });
        // If this fails, the proof is deleted with its session.
        this.#zk.delete(proof).catch(() => {});
        return;
      } catch (error) {
        if (!isZkError(error, "NO_NODE")) throw error;
        await this.#ensurePath(this.#items);
      }
    }
  }

  /** Takes as {@link take} does, but after `sync` and without a watch: finds all items that were put before the call. */
  async tryTake(): Promise<HeldItem<T> | undefined> {
    await retry(this.#zk, () => this.#zk.sync(this.#options.path), this.#options);
    return this.take(() => undefined);
  }

  /**
   * Takes the first free item. If there is none, returns `undefined`; the watches of `watch` then fire when there may be one.
   */
  async take(watch: (path: string) => WatchListener | undefined): Promise<HeldItem<T> | undefined> {
    for (;;) {
      const [items, taken] = await Promise.all([
        this.#children(this.#items, watch),
        this.#children(this.#taken, watch),
      ]);
      const free = itemsToTake(items, taken);
      if (free.length === 0) return undefined;
      for (const name of free) {
        const item = await this.#tryTakeItem(name);
        if (item !== undefined) return item;
      }
    }
  }

  /** Resolves with the names and bytes of the dead letters. */
  async dead(options: OperationOptions): Promise<{ readonly name: string; readonly data: Buffer | null }[]> {
    const dead = `${this.#options.path}/dead`;
    const names = itemsToTake(await this.#children(dead, () => undefined, options), []);
    return Promise.all(
      names.map(async (name) => ({ name, data: (await this.#zk.getData(`${dead}/${name}`, options)).data })),
    );
  }

  async #children(
    path: string,
    watch: (path: string) => WatchListener | undefined,
    options: OperationOptions = {},
  ): Promise<string[]> {
    for (;;) {
      const listener = watch(path);
      try {
        return await this.#zk.getChildren(path, { ...options, watch: listener });
      } catch (error) {
        if (!isZkError(error, "NO_NODE")) throw error;
        if (listener === undefined) return [];
        // getChildren sets a watch only if the znode exists.
        await this.#ensurePath(path);
      }
    }
  }

  #ensurePath(path: string): Promise<void> {
    return ensurePath(this.#zk, path, this.#options);
  }

  /** Takes one item; `undefined` if another consumer was faster, or the item became a dead letter. */
  async #tryTakeItem(name: string): Promise<HeldItem<T> | undefined> {
    const { acl, clock, random, codec, maxDeliveries } = this.#options;
    const [item, lock] = [`${this.#items}/${name}`, `${this.#taken}/${name}`];
    const read = await this.#zk.getData(item).catch(ifMissing);
    if (read === undefined) return undefined;
    const { data, stat } = read;
    let value: T;
    try {
      value = await codec.decode(data);
      if (stat.version >= maxDeliveries) throw new Error(`it was delivered ${stat.version} times`);
    } catch (error) {
      await this.#moveToDeadLetters(name, data, stat.version, error);
      return undefined;
    }
    const own = protectionMarker(random);
    const session = this.#zk.sessionId;
    const attempt = async (): Promise<bigint> => {
      const [, taken] = await this.#zk
        .transaction()
        .create(lock, own, { mode: CreateMode.EPHEMERAL, acl })
        .setData(item, data, stat.version)
        .commit();
      return taken.mzxid;
    };
    try {
      const token = await retry(this.#zk, attempt, {
        ...{ clock, random },
        ifUnknown: async () => {
          const [, now] = await Promise.all([this.#zk.sync(lock), this.#zk.getData(lock).catch(ifMissing)]);
          const isOwn = now?.data?.toString("latin1") === own && this.#zk.sessionId === session;
          // A pending attempt of an earlier session cannot be applied any more, because of the version.
          return isOwn ? { done: true, result: now.stat.czxid } : { done: false };
        },
      });
      return this.#held(name, value, stat.version + 1, token, session);
    } catch (error) {
      if (isZkError(error, "NO_NODE") && error.path === lock) {
        await this.#ensurePath(this.#taken);
        return this.#tryTakeItem(name);
      }
      if (isZkError(error, "NODE_EXISTS", "BAD_VERSION", "NO_NODE")) return undefined;
      throw error;
    }
  }

  #held(name: string, value: T, deliveries: number, fencingToken: bigint, sessionId: bigint): HeldItem<T> {
    const { label, onSuspended } = this.#options;
    const [itemPath, path] = [`${this.#items}/${name}`, `${this.#taken}/${name}`];
    return new HeldItem<T>({
      ...{ zk: this.#zk, sessionId, onSuspended, name, value, deliveries, fencingToken, itemPath, path },
      what: `the item ${name} of the queue ${label}`,
      version: 0,
      deleteZnode: () => deleteOwnForSure(path, { ...this.#options, zk: this.#zk }, fencingToken),
      finish: (assertSession) => this.#finish(itemPath, path, deliveries, assertSession),
    });
  }

  async #finish(item: string, lock: string, deliveries: number, assertSession: () => void): Promise<boolean> {
    const { clock, random } = this.#options;
    const attempt = async (): Promise<boolean> => {
      assertSession();
      // The version shows that no other consumer has taken the item since; the lock, that none can take it now.
      await this.#zk.transaction().delete(item, deliveries).delete(lock, 0).commit();
      return true;
    };
    const session = this.#zk.sessionId;
    const ifUnknown = async (unknown: ZkError): Promise<Finding<boolean>> => {
      const [, stat] = await Promise.all([this.#zk.sync(item), this.#zk.exists(item)]);
      if (stat !== null) return { done: false };
      // In the same session the lock excluded all other consumers, so the item was deleted by this attempt.
      if (this.#zk.sessionId !== session) throw unknown;
      return { done: true, result: true };
    };
    try {
      return await retry(this.#zk, attempt, { clock, random, ifUnknown, attempts: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (isZkError(error, "NO_NODE", "BAD_VERSION")) return false;
      throw error;
    }
  }

  /** Makes the item a dead letter, unless a consumer took it in between. */
  async #moveToDeadLetters(name: string, data: Buffer | null, version: number, error: unknown): Promise<void> {
    const { acl, logger, label, path } = this.#options;
    try {
      await this.#zk
        .transaction()
        .delete(`${this.#items}/${name}`, version)
        .create(`${path}/dead/${name}`, data, { acl })
        .commit();
      logger.warn(`an item of the queue ${label} became a dead letter`, { item: name, error });
    } catch (failure) {
      if (isZkError(failure, "NO_NODE") && failure.path === `${path}/dead/${name}`) {
        await this.#ensurePath(`${path}/dead`);
        return this.#moveToDeadLetters(name, data, version, error);
      }
      if (!isZkError(failure, "NO_NODE", "BAD_VERSION")) throw failure;
    }
  }
}

function ifMissing(error: unknown): undefined {
  if (!isZkError(error, "NO_NODE")) throw error;
}
