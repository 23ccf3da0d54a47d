import type { Codec, OperationOptions, ZooKeeper } from "@conclave/client";
import { AtomicValue, type AtomicValueOptions } from "../atomic-value/atomic-value.js";
import { NodeCache } from "../cache/node-cache.js";
import type { TreeCacheEvent } from "../cache/tree-cache.js";
import { resolveRecipe } from "../options/recipe-options.js";
import { Broadcast } from "../watching/broadcast.js";

/**
 * An event of a configuration.
 *
 * - `changed`: the value changed; `undefined` means no value.
 * - `invalid`: the data cannot be decoded or read: the value stays as it was.
 */
export type SharedConfigEvent<T> =
  | { readonly type: "changed"; readonly value: T | undefined; readonly previous: T | undefined }
  | { readonly type: "invalid"; readonly error: unknown };

/** Options of {@link SharedConfig}. A name means the path `/conclave/configs/<name>`. */
export type SharedConfigOptions<T> = AtomicValueOptions<T> & {
  /**
   * Value while the ensemble has none. It is not written.
   * @default undefined
   */
  readonly initial?: T | undefined;
};

/** Data of the znode, decoded or with the error of the codec. */
type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/**
 * A live copy of a typed value, with events for its changes. It starts to follow the value when it is
 * constructed, and stops at `close()` or when the client is closed. While the connection is lost the value stays as it was,
 * and {@link isFresh} is false.
 */
export class SharedConfig<T> implements AsyncDisposable {
  readonly path: string;
  /** Resolves when the value has been read for the first time; rejects if the client is closed before. */
  readonly ready: Promise<void>;
  readonly #cache: NodeCache<Reading<T>>;
  readonly #value: AtomicValue<T>;
  readonly #changes: Broadcast<SharedConfigEvent<T>>;
  readonly #initial: T | undefined;
  #current: T | undefined;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: SharedConfigOptions<T>) {
    const { path, acl, logger, clock, random } = resolveRecipe("configuration", "configs", options);
    const { codec } = options;
    this.path = path;
    this.#initial = options.initial;
    this.#current = options.initial;
    this.#changes = new Broadcast(logger);
    this.#value = new AtomicValue(zk, { path, acl, logger, clock, random, codec });
    this.#cache = new NodeCache(zk, { path, logger, clock, random, codec: readingCodec(codec) });
    this.#cache.on((event) => this.#take(event));
    this.ready = this.#cache.ready;
    // Ends the iterators when the cache ends, by `close` or with the client.
    void this.#endWithCache();
  }

  /** The last value that could be decoded. Sends no request. */
  get current(): T | undefined {
    return this.#current;
  }

  /** True while changes are reported: the value was read, and the client is connected. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** Adds a listener and returns a function that removes it. */
  on(listener: (event: SharedConfigEvent<T>) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Iterates over all events after this call, until {@link close} or until `signal` aborts. */
  events({ signal }: OperationOptions = {}): AsyncIterableIterator<SharedConfigEvent<T>, undefined> {
    return this.#changes.iterate(signal);
  }

  /** Writes `value` unconditionally. {@link current} changes in all processes, also in this one, within one round trip. */
  set(value: T, options: OperationOptions = {}): Promise<void> {
    return this.#value.set(value, options);
  }

  /** Changes the value as `AtomicValue.update` does. Resolves with the value written. */
  update(change: (value: T | undefined) => T | Promise<T>, options: OperationOptions = {}): Promise<T> {
    return this.#value.update((value) => change(value ?? this.#initial), options);
  }

  /** Stops following. Idempotent. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(event: TreeCacheEvent<Reading<T>>): void {
    if (event.type === "synced" || event.type === "failed") return;
    if (event.type === "invalid") return this.#changes.emit({ type: "invalid", error: event.error });
    if (event.type === "removed") return this.#change(this.#initial);
    const reading = event.node.data;
    if (reading.ok) this.#change(reading.value);
    else this.#changes.emit({ type: "invalid", error: reading.error });
  }

  #change(value: T | undefined): void {
    const previous = this.#current;
    this.#current = value;
    this.#changes.emit({ type: "changed", value, previous });
  }

  async #endWithCache(): Promise<void> {
    const events = this.#cache.events();
    while ((await events.next()).done !== true);
    this.#changes.end();
  }
}

/** Decodes any data: a cache would drop the previous value for data that it cannot decode. */
function readingCodec<T>(codec: Codec<T>): Codec<Reading<T>> {
  return {
    encode: (reading) => {
      if (!reading.ok) throw reading.error;
      return codec.encode(reading.value);
    },
    decode: async (data) => {
      try {
        return { ok: true, value: await codec.decode(data) };
      } catch (error) {
        return { ok: false, error };
      }
    },
  };
}
