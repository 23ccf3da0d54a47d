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

/** An item that is no longer delivered, because it was delivered too often or the codec cannot decode it. */
export interface DeadLetter {
  /** Name of its znode. */
  readonly name: string;
  readonly data: Buffer | null;
}

/**
 * Base class of the queues. Each item is delivered at least once. A consumer holds the item that it takes; unless the consumer
 * acknowledges it, the item is delivered again.
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
    this.#zk = zk.readWrite;
    this.#options = resolved;
    this.#store = new QueueStore(this.#zk, resolved);
    const settings = { acl, logger, clock, random };
    this.#waitLock = new Mutex(zk, { ...settings, path: `${path}/waiting`, onSuspended: "keep" });
    this.#what = `an item of the queue ${label}`;
  }

  /**
   * Takes the next item, waiting until there is one, across lost connections and expired sessions. Rejects with `ABORTED` if
   * `signal` aborts before, with an `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when the client is closed, and
   * with the error of a rejected request; then no item is held.
   */
  take(options: WaitOptions = {}): Promise<QueueItem<T>> {
    return withinTime(this.#what, options, this.#options.clock, async (signal) => {
      for (;;) {
        try {
          return (await this.#takeIfAny(() => undefined, signal)) ?? (await this.#waitForItem(signal));
        } catch (error) {
          if (signal?.aborted === true) throw error;
          // ABORTED means that the wait lock was lost, as with its session: wait again.
          if (!isZkError(error, "ABORTED")) await rethrowUnlessRetryable(this.#zk, error);
        }
      }
    });
  }

  /**
   * Takes an item as {@link take} does if there is one; otherwise resolves with `undefined`, without waiting, and leaves no
   * znode. Finds an item that was put before the call through any server. (If items are put and all are taken during the call,
   * it may find none.)
   */
  tryTake({ signal }: OperationOptions = {}): Promise<QueueItem<T> | undefined> {
    return this.#orAbort(() => this.#store.tryTake(), signal);
  }

  /**
   * Iterates over the items, for `for await`. An item that is not acknowledged when the loop requests the next one, or ends, is
   * released. Ends when `signal` aborts or the client is closed; rejects as {@link take} does.
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

  /** Resolves with the items that are no longer delivered, the oldest first. The queue never deletes them. */
  deadLetters(options: OperationOptions = {}): Promise<DeadLetter[]> {
    return this.#store.dead(options);
  }

  /** Puts an item; `stem` is the part of its znode's name before the sequence number. */
  protected async putItem(stem: string, value: T, options: OperationOptions): Promise<void> {
    const { maxLength, label, clock, random } = this.#options;
    const length = await retry(this.#zk, () => this.#store.length(options), { ...options, clock, random });
    if (length >= maxLength) throw new QueueFullError(`the queue ${label}`, length, maxLength);
    await this.#store.put(stem, value, options);
  }

  /** Waits for an item. Only the holder of the wait lock watches the queue, so that a new item wakes one consumer. */
  async #waitForItem(signal: AbortSignal | undefined): Promise<QueueItem<T>> {
    await using lock = await this.#waitLock.acquire({ signal });
    const both = AbortSignal.any([lock.signal, ...(signal === undefined ? [] : [signal])]);
    return await watchUntil(this.#zk, this.#what, (watches) => this.#takeIfAny((path) => watches.on(path), both), {
      signal: both,
    });
  }

  #takeIfAny(
    watch: (path: string) => WatchListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HeldItem<T> | undefined> {
    return this.#orAbort(() => this.#store.take(watch), signal);
  }

  /**
   * Rejects when `signal` aborts. Does not abort the requests of `take`, as it would then be unknown if an item is held: an
   * item that is taken after the abort is released.
   */
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
