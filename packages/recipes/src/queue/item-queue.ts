import { isZkError, type OperationOptions, retry, type WatchListener, ZkError, type ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import { withinTime } from "../grant/acquire-options.js";
import type { WaitOptions } from "../grant/wait-options.js";
import { Mutex } from "../mutex/mutex.js";
import { rethrowUnlessRetryable, watchUntil } from "../watching/watch-until.js";
import { QueueFullError } from "./queue-full-error.js";
import type { HeldItem, QueueItem } from "./queue-item.js";
import { type QueueOptions, type ResolvedQueue, resolveQueue } from "./queue-options.js";
import { QueueStore } from "./queue-store.js";

/** A dead letter: an item that was delivered too often, or that the codec cannot read. */
export interface DeadLetter {
  /** The name of its znode, below `dead`. */
  readonly name: string;
  readonly data: Buffer | null;
}

/**
 * Base of the queues: items that wait for consumers, each delivered at least once. A consumer holds the item that it takes,
 * and the item is delivered again unless the consumer acknowledges it.
 */
export abstract class ItemQueue<T> {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedQueue<T>;
  readonly #store: QueueStore<T>;
  readonly #waitLock: Mutex;
  readonly #what: string;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: QueueOptions<T>) {
    const resolved = resolveQueue(options);
    const { path, label, acl, logger, clock, random } = resolved;
    this.path = path;
    this.#zk = zk;
    this.#options = resolved;
    this.#store = new QueueStore(zk, resolved);
    const settings = { acl, logger, clock, random };
    this.#waitLock = new Mutex(zk, { ...settings, path: `${path}/waiting`, onSuspended: "keep" });
    this.#what = `an item of the queue ${label}`;
  }

  /**
   * Takes the next item, waiting until there is one, across lost connections and expired sessions. Rejects with `ABORTED` if
   * `signal` aborts before, with an `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when the client is closed, and
   * with the error of a refused request; then no item is held.
   */
  take(options: WaitOptions = {}): Promise<QueueItem<T>> {
    return withinTime(this.#what, options, this.#options.clock, async (signal) => {
      for (;;) {
        try {
          return (await this.#takeNow(() => undefined, signal)) ?? (await this.#waitForItem(signal));
        } catch (error) {
          if (signal?.aborted === true) throw error;
          // The place in the queue was lost with its session.
          if (!isZkError(error, "ABORTED")) await rethrowUnlessRetryable(this.#zk, error);
        }
      }
    });
  }

  /**
   * Takes like {@link take} if there is an item; else resolves with `undefined`, without waiting, and leaves no znode. An
   * item that was put before the call is found, no matter on which server. (If all items are taken while others are put, it
   * may find none.)
   */
  tryTake({ signal }: OperationOptions = {}): Promise<QueueItem<T> | undefined> {
    return this.#orAbort(() => this.#store.tryTake(), signal);
  }

  /**
   * Item after item, for `for await`. One that was not acknowledged when the loop asks for the next, or is left, is put back.
   * Ends when `signal` aborts or the client is closed; rejects as {@link take}.
   */
  async *consume({ signal }: OperationOptions = {}): AsyncGenerator<QueueItem<T>, void> {
    for (;;) {
      let item: QueueItem<T>;
      try {
        item = await this.take({ signal });
      } catch (error) {
        if (signal?.aborted === true || this.#zk.state === "closed") return;
        throw error;
      }
      try {
        yield item;
      } finally {
        await item.release();
      }
    }
  }

  /** Resolves with the number of items, including those that are taken, as this client's server knows. */
  length(options: OperationOptions = {}): Promise<number> {
    return this.#store.length(options);
  }

  /** Resolves with the items that are no longer delivered, the oldest first. They stay until they are deleted by hand. */
  deadLetters(options: OperationOptions = {}): Promise<DeadLetter[]> {
    return this.#store.dead(options);
  }

  /** Puts an item with a znode name that has `stem` before its number. */
  protected async putItem(stem: string, value: T, options: OperationOptions): Promise<void> {
    const { maxLength, label, clock, random } = this.#options;
    const length = await retry(this.#zk, () => this.#store.length(options), { ...options, clock, random });
    if (length >= maxLength) throw new QueueFullError(`the queue ${label}`, length, maxLength);
    await this.#store.put(stem, value, options);
  }

  /** One of the waiting consumers watches the queue and the others wait for its turn, so that an item wakes one of them. */
  async #waitForItem(signal: AbortSignal | undefined): Promise<QueueItem<T>> {
    await using turn = await this.#waitLock.acquire({ signal });
    const both = AbortSignal.any([turn.signal, ...(signal === undefined ? [] : [signal])]);
    return await watchUntil(this.#zk, this.#what, (watches) => this.#takeNow((path) => watches.on(path), both), {
      signal: both,
    });
  }

  #takeNow(
    watch: (path: string) => WatchListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HeldItem<T> | undefined> {
    return this.#orAbort(() => this.#store.take(watch), signal);
  }

  /** Does not abort the taking on its way to the ensemble, which would leave it open if we hold an item: gives that back. */
  #orAbort(
    take: () => Promise<HeldItem<T> | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<HeldItem<T> | undefined> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const message = `wait for ${this.#what}: aborted by the caller`;
        reject(new ZkError("ABORTED", message, { outcome: "not-applied", cause: signal?.reason }));
      };
      if (signal?.aborted === true) return abort();
      const removeCallback = onAbort(signal, abort);
      const settle = (item: HeldItem<T> | undefined): void => {
        removeCallback();
        if (signal?.aborted === true) void item?.release();
        else resolve(item);
      };
      take().then(settle, (error: unknown) => {
        removeCallback();
        reject(error);
      });
    });
  }
}
