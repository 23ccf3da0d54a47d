import {
  type Codec,
  isZkError,
  type PersistentWatchEvent,
  type Stat,
  type WatchHandle,
  type ZooKeeper,
} from "@conclave/client";
import { type Clock, type Logger, onAbort, pause, type Random } from "@conclave/runtime";
import { backoffMs } from "../background/backoff.js";
import { type RecipeSettings, resolveRecipe } from "../options/recipe-options.js";
import { Broadcast } from "../watching/broadcast.js";
import { type TreeChange, TreeModel } from "./tree-model.js";

/** A cached znode. */
export interface CachedNode<T> {
  readonly path: string;
  readonly data: T;
  readonly stat: Stat;
}

/**
 * An event of a cache.
 *
 * - `added`: a znode that was not in the cache was created, or can be read again.
 * - `changed`: the data of a znode in the cache changed.
 * - `removed`: a znode was deleted; `node` is its cached state, `undefined` if it was invalid. A znode that was deleted and
 *   created again is `removed` and then `added`.
 * - `invalid`: a znode exists that the codec cannot decode, that the ACL does not allow the client to read, or whose data is
 *   longer than `maxReplyBytes`. It is not in the cache; `previous` is its last cached state. Reported for each state that
 *   cannot be decoded; `added` or `removed` follows, for a znode that cannot be read after the next reconnection.
 * - `synced`: the cache holds everything that existed when the connection was made, at first and after each reconnection.
 * - `failed`: the cache stopped, because a list of children is longer than the client's `maxReplyBytes`. It is the last event;
 *   the copy no longer changes, and iterators end with the same error.
 */
export type TreeCacheEvent<T> =
  | { readonly type: "added"; readonly node: CachedNode<T> }
  | { readonly type: "changed"; readonly node: CachedNode<T>; readonly previous: CachedNode<T> }
  | { readonly type: "removed"; readonly path: string; readonly node: CachedNode<T> | undefined }
  | {
      readonly type: "invalid";
      readonly path: string;
      readonly error: unknown;
      readonly previous: CachedNode<T> | undefined;
    }
  | { readonly type: "synced" }
  | { readonly type: "failed"; readonly error: Error };

/** Options of {@link TreeCache}. */
export interface TreeCacheOptions<T> extends Omit<RecipeSettings, "acl"> {
  /** Root znode of the tree; it need not exist. */
  readonly path: string;
  /** Codec of the znodes' data. */
  readonly codec: Codec<T>;
  /**
   * Depth of the tree: 0 for the root alone, 1 for the root and its children.
   * @default Infinity
   */
  readonly depth?: number | undefined;
}

/** Result of one read; `error`, and no `stat`, if the znode cannot be read. */
type Reading = {
  readonly change: TreeChange;
  readonly path: string;
  readonly data?: Buffer | null;
  readonly stat?: Stat | undefined;
  readonly error?: unknown;
};

/**
 * A live copy of a tree of znodes. It starts to follow the tree when it is constructed, and stops at `close()` or when the
 * client is closed. Needs servers of 3.6 or newer: one recursive watch reports every change, and after each reconnection the
 * whole tree is read again.
 *
 * An event follows its change within one round trip. While the connection is lost the copy stays as it was, and {@link
 * isFresh} is false.
 */
export class TreeCache<T> implements AsyncDisposable {
  readonly path: string;
  /** Resolves when the cache has been filled for the first time; rejects if it is closed or fails before. */
  readonly ready: Promise<void>;

  readonly #zk: ZooKeeper;
  readonly #codec: Codec<T>;
  readonly #depth: number;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #model = new TreeModel();
  readonly #nodes = new Map<string, CachedNode<T>>();
  readonly #events: Broadcast<TreeCacheEvent<T>>;
  readonly #closing = new AbortController();
  readonly #following: Promise<void>;
  /** Queue of results: they are published in the order of arrival, however long a codec takes. */
  #publishing: Promise<void> = Promise.resolve();
  /** Paths that were read since the present read of the whole tree began. */
  #readPaths: Set<string> | undefined;
  #version = 0;
  /** Counts the reads of the whole tree, so that only the last one sets `#isSynced`. */
  #readCount = 0;
  #isSynced = false;
  /** Error with which the cache stopped. */
  #failure: Error | undefined;
  #becomeReady!: () => void;
  #sessionEnded!: () => void;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: TreeCacheOptions<T>) {
    const { path, logger, clock, random } = resolveRecipe("cache", "caches", options);
    const { depth = Number.POSITIVE_INFINITY } = options;
    if (!(depth >= 0)) throw new TypeError(`depth must be 0 or more, not ${String(depth)}`);
    this.path = path;
    this.#zk = zk.readWrite;
    this.#codec = options.codec;
    this.#depth = depth;
    this.#logger = logger;
    this.#clock = clock;
    this.#random = random;
    this.#events = new Broadcast(logger);
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      onAbort(this.#closing.signal, () => reject(this.#failure ?? new Error(`the cache of ${path} was closed`)));
    });
    // A caller that does not use `ready` gets no unhandled rejection.
    this.ready.catch(() => {});
    zk.on("state", this.#onState);
    this.#following = this.#follow();
  }

  /** Counts the changes of the copy. */
  get version(): number {
    return this.#version;
  }

  /** True while changes are reported: the whole tree was read, and the client is connected. */
  get isFresh(): boolean {
    return this.#isSynced && this.#zk.state === "connected";
  }

  /** Number of znodes in the cache. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Returns the cached znode at `path`. */
  get(path: string): CachedNode<T> | undefined {
    return this.#nodes.get(path);
  }

  /** All cached znodes, in no particular order. */
  nodes(): IterableIterator<CachedNode<T>> {
    return this.#nodes.values();
  }

  /** Adds a listener and returns a function that removes it. Znodes that are already in the cache are not reported. */
  on(listener: (event: TreeCacheEvent<T>) => void): () => void {
    return this.#events.on(listener);
  }

  /** Iterates over all events after this call, until the cache is closed or `signal` aborts. */
  events(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<TreeCacheEvent<T>, undefined> {
    return this.#events.iterate(options.signal);
  }

  /** Stops following. Idempotent. */
  async close(): Promise<void> {
    this.#stop();
    await this.#following;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #onState = (): void => {
    if (this.#zk.state === "closed") this.#stop();
  };

  #stop(): void {
    this.#zk.off("state", this.#onState);
    this.#closing.abort();
    this.#sessionEnded();
    this.#events.end(this.#failure);
  }

  /** Stops the cache and returns true if a retry would fail with the same error; otherwise returns false. */
  #failIfFatal(error: unknown): boolean {
    if (!isZkError(error, "REPLY_TOO_LARGE")) return false;
    const list = `the list of the children of ${error.path} is longer than the client accepts`;
    const advice = "raise maxReplyBytes of the client, or follow fewer znodes";
    this.#failure = new Error(`the cache of ${this.path} gave up: ${list}; ${advice}`, { cause: error });
    this.#logger.error(this.#failure.message, { error });
    this.#events.emit({ type: "failed", error: this.#failure });
    this.#stop();
    return true;
  }

  /** Follows the tree in one session after the other. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#followSession(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted || this.#failIfFatal(error)) return;
        if (isZkError(error, "CONNECTION_LOSS")) continue;
        const delayMs = backoffMs(++failures, this.#random);
        this.#logger.warn(`following ${this.path} failed; retrying`, { error, delayMs });
        await pause(this.#clock, delayMs, signal);
      }
    }
  }

  async #followSession(signal: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#sessionEnded = resolve;
    });
    let handle: WatchHandle | undefined;
    try {
      handle = await this.#zk.addWatch(this.path, this.#onEvent, { recursive: this.#depth > 0, signal });
      await this.#readAll();
      await ended;
    } finally {
      this.#readCount++;
      this.#isSynced = false;
      await handle?.remove().catch(() => {});
    }
  }

  readonly #onEvent = (event: PersistentWatchEvent): void => {
    if (event.type === "sessionEnded") return this.#sessionEnded();
    if (event.type === "gap") {
      this.#isSynced = false;
      this.#readAll().catch((error: unknown) => {
        if (this.#failIfFatal(error)) return;
        this.#logger.debug(`reading ${this.path} again failed`, { error });
        // After a lost connection the next gap starts another read. After any other error, start over with a new watch.
        if (!isZkError(error, "CONNECTION_LOSS")) this.#sessionEnded();
      });
      return;
    }
    if (event.type === "nodeChildrenChanged" || this.#depthOf(event.path) > this.#depth) return;
    this.#readPaths?.add(event.path);
    // After a failed read the whole tree is read again.
    this.#read(event.path).catch(() => {});
  };

  /** Reads the whole tree, and removes znodes that no longer exist. */
  async #readAll(): Promise<void> {
    const seen = new Set<string>();
    const readCount = ++this.#readCount;
    this.#readPaths = seen;
    await this.#readDown(this.path, 0, seen);
    // A later read of the whole tree has begun.
    if (this.#readPaths !== seen) return;
    this.#readPaths = undefined;
    for (const path of [...this.#model.paths]) if (!seen.has(path)) this.#removeMissing(path);
    this.#publish(() => {
      this.#isSynced = this.#readCount === readCount;
      this.#becomeReady();
      this.#events.emit({ type: "synced" });
    });
  }

  async #readDown(path: string, depth: number, seen: Set<string>): Promise<void> {
    seen.add(path);
    const [, children] = await Promise.all([this.#read(path), depth < this.#depth ? this.#children(path) : []]);
    await Promise.all(children.map((name) => this.#readDown(`${path}/${name}`, depth + 1, seen)));
  }

  async #children(path: string): Promise<string[]> {
    try {
      return await this.#zk.getChildren(path, { signal: this.#closing.signal });
    } catch (error) {
      if (isZkError(error, "NO_NODE", "NO_AUTH")) return [];
      throw error;
    }
  }

  /** Reads one znode. Handles the result directly in the continuation of the reply, so that results stay in order. */
  #read(path: string): Promise<void> {
    return this.#zk.getData(path, { signal: this.#closing.signal }).then(
      ({ data, stat }) => {
        for (const change of this.#model.found(path, stat)) this.#take({ change, path, data, stat });
      },
      (error: unknown) => {
        if (isZkError(error, "NO_NODE")) this.#removeMissing(path);
        else if (isZkError(error, "NO_AUTH", "REPLY_TOO_LARGE")) {
          for (const change of this.#model.denied(path)) this.#take({ change, path, error });
        } else throw error;
      },
    );
  }

  #removeMissing(path: string): void {
    for (const change of this.#model.missed(path)) this.#take({ change, path });
  }

  #take(reading: Reading): void {
    this.#publish(() => this.#show(reading));
  }

  #publish(step: () => Promise<void> | void): void {
    this.#publishing = this.#publishing.then(step);
  }

  async #show({ change, path, data = null, stat, error }: Reading): Promise<void> {
    if (change === "removed") return this.#remove(path);
    if (stat === undefined) return this.#invalidate(path, error);
    let value: T;
    try {
      value = await this.#codec.decode(data);
    } catch (undecodable) {
      return this.#invalidate(path, undecodable);
    }
    const [node, previous] = [{ path, data: value, stat }, this.#nodes.get(path)];
    this.#nodes.set(path, node);
    this.#version++;
    this.#events.emit(previous === undefined ? { type: "added", node } : { type: "changed", node, previous });
  }

  #remove(path: string): void {
    this.#events.emit({ type: "removed", path, node: this.#drop(path) });
  }

  #invalidate(path: string, error: unknown): void {
    this.#events.emit({ type: "invalid", path, error, previous: this.#drop(path) });
  }

  #drop(path: string): CachedNode<T> | undefined {
    const node = this.#nodes.get(path);
    if (this.#nodes.delete(path)) this.#version++;
    return node;
  }

  #depthOf(path: string): number {
    return path.slice(this.path.length).split("/").length - 1;
  }
}
