import {
  type Codec,
  isZkError,
  type PersistentWatchEvent,
  type Stat,
  type WatchHandle,
  type ZooKeeper,
} from "@conclave/client";
import type { Clock, Logger, Random } from "@conclave/runtime";
import { backoffMs } from "../background/backoff.js";
import { pause } from "../background/pause.js";
import { type RecipeSettings, resolveRecipe } from "../options/recipe-options.js";
import { Broadcast } from "../watching/broadcast.js";
import { type TreeChange, TreeModel } from "./tree-model.js";

/** A znode as a cache has it. */
export interface CachedNode<T> {
  readonly path: string;
  readonly data: T;
  readonly stat: Stat;
}

/**
 * What a cache saw.
 *
 * - `added`: a znode that was not in the cache is: it was made, or can be read again.
 * - `changed`: one that is in the cache holds something else.
 * - `removed`: a znode was deleted; `node` is what the cache had of it, `undefined` where it was invalid. One that was deleted
 *   and made again is `removed` and then `added`.
 * - `invalid`: a znode is there that the codec cannot read, or that we may not read (or not at its length): it is not in the cache. `previous` is what
 *   the cache had of it. Told of each state that the codec cannot read; then comes `added` or `removed`, for what we may not
 *   read with the next connection.
 * - `synced`: the cache holds all that was there when the connection came, the first time and after each loss of it.
 * - `failed`: the cache gave up, as on a list of children that is longer than the client's `maxReplyBytes`. It is the last
 *   event; the copy stays as it was, and iterators end with the same error.
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

/** How a {@link TreeCache} is made. */
export interface TreeCacheOptions<T> extends Omit<RecipeSettings, "acl"> {
  /** The top of the tree; it need not exist. */
  readonly path: string;
  /** What the znodes hold. */
  readonly codec: Codec<T>;
  /**
   * How far below the top: 0 for that znode alone, 1 for it and its children.
   * @default Infinity
   */
  readonly depth?: number | undefined;
}

/** What a reading gave; `error` where we may not read the znode. */
type Reading = {
  readonly change: TreeChange;
  readonly path: string;
  readonly data?: Buffer | null;
  readonly stat?: Stat | undefined;
  readonly error?: unknown;
};

/**
 * A copy of a tree of znodes that follows it. It begins to follow when it is made, and stops at `close()`, or when the client
 * is closed. Needs servers of 3.6 or newer: one recursive watch tells every change, and after each loss of the connection
 * everything is read anew.
 *
 * Between a change and its event lies one round trip. While the connection is lost the copy stays as it was, and
 * {@link isFresh} is false.
 */
export class TreeCache<T> implements AsyncDisposable {
  readonly path: string;
  /** Resolves when the cache has been filled for the first time; rejects where it was closed, or gave up, before. */
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
  /** Published in the order of arrival, however long a codec takes. */
  #publishing: Promise<void> = Promise.resolve();
  /** Paths that were looked at while everything is read anew. */
  #touched: Set<string> | undefined;
  #version = 0;
  /** Counts the readings of everything, so that the end of an older one is not taken for that of the last. */
  #run = 0;
  #isSynced = false;
  /** Why it gave up. */
  #failure: Error | undefined;
  #becomeReady!: () => void;
  #sessionEnded: (() => void) | undefined;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: TreeCacheOptions<T>) {
    const { path, logger, clock, random } = resolveRecipe("cache", "caches", options);
    const { depth = Number.POSITIVE_INFINITY } = options;
    if (!(depth >= 0)) throw new TypeError(`depth is 0 or more, not ${String(depth)}`);
    this.path = path;
    this.#zk = zk;
    this.#codec = options.codec;
    this.#depth = depth;
    this.#logger = logger;
    this.#clock = clock;
    this.#random = random;
    this.#events = new Broadcast(logger);
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      const { signal } = this.#closing;
      signal.addEventListener("abort", () => reject(this.#failure ?? new Error(`the cache of ${path} was closed`)));
    });
    // Whoever does not wait for it is not to be told of it.
    this.ready.catch(() => {});
    zk.on("state", this.#onState);
    this.#following = this.#follow();
  }

  /** Counts the changes of the copy. */
  get version(): number {
    return this.#version;
  }

  /** Whether changes are told: everything was read, and the connection stands. */
  get isFresh(): boolean {
    return this.#isSynced && this.#zk.state === "connected";
  }

  /** How many znodes there are. */
  get size(): number {
    return this.#nodes.size;
  }

  get(path: string): CachedNode<T> | undefined {
    return this.#nodes.get(path);
  }

  /** All znodes, in no order. */
  nodes(): IterableIterator<CachedNode<T>> {
    return this.#nodes.values();
  }

  /** Adds a listener; returns what takes it out again. What is there already is not told. */
  on(listener: (event: TreeCacheEvent<T>) => void): () => void {
    return this.#events.on(listener);
  }

  /** What the cache sees from the call on, until it is closed or `signal` aborts. */
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
    this.#sessionEnded?.();
    this.#events.end(this.#failure);
  }

  /** Gives up where following again would fail again. Returns false for an error after which it goes on. */
  #gaveUp(error: unknown): boolean {
    if (!isZkError(error, "REPLY_TOO_LARGE")) return false;
    const list = `the list of the children of ${error.path} is longer than the client accepts`;
    const advice = "raise maxReplyBytes of the client, or follow fewer znodes";
    this.#failure = new Error(`the cache of ${this.path} gave up: ${list}; ${advice}`, { cause: error });
    this.#logger.error(this.#failure.message, { error });
    this.#events.tell({ type: "failed", error: this.#failure });
    this.#stop();
    return true;
  }

  /** Session after session. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#followSession(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted || this.#gaveUp(error)) return;
        if (isZkError(error, "CONNECTION_LOSS")) continue;
        const delayMs = backoffMs(++failures, this.#random);
        this.#logger.warn(`cannot follow ${this.path}, tries again`, { error, delayMs });
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
      this.#run++;
      this.#isSynced = false;
      await handle?.remove().catch(() => {});
    }
  }

  readonly #onEvent = (event: PersistentWatchEvent): void => {
    if (event.type === "sessionEnded") return this.#sessionEnded?.();
    if (event.type === "gap") {
      this.#isSynced = false;
      this.#readAll().catch((error: unknown) => {
        if (this.#gaveUp(error)) return;
        this.#logger.debug(`cannot read ${this.path} anew`, { error });
        // With the connection it comes again; anything else is a reason to begin from the start.
        if (!isZkError(error, "CONNECTION_LOSS")) this.#sessionEnded?.();
      });
      return;
    }
    if (event.type === "nodeChildrenChanged" || this.#depthOf(event.path) > this.#depth) return;
    this.#touched?.add(event.path);
    // What fails has a reading of everything behind it.
    this.#read(event.path).catch(() => {});
  };

  /** Reads the whole tree; what is not there any more is removed. */
  async #readAll(): Promise<void> {
    const seen = new Set<string>();
    const run = ++this.#run;
    this.#touched = seen;
    await this.#readDown(this.path, 0, seen);
    // A later run has taken over.
    if (this.#touched !== seen) return;
    this.#touched = undefined;
    for (const path of [...this.#model.paths]) if (!seen.has(path)) this.#missed(path);
    this.#publish(() => {
      this.#isSynced = this.#run === run;
      this.#becomeReady();
      this.#events.tell({ type: "synced" });
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

  /** Reads one znode. What it says is taken in the very continuation of the reply, so that readings stay in order. */
  #read(path: string): Promise<void> {
    return this.#zk.getData(path, { signal: this.#closing.signal }).then(
      ({ data, stat }) => {
        for (const change of this.#model.found(path, stat)) this.#take({ change, path, data, stat });
      },
      (error: unknown) => {
        if (isZkError(error, "NO_NODE")) this.#missed(path);
        else if (isZkError(error, "NO_AUTH", "REPLY_TOO_LARGE")) {
          for (const change of this.#model.denied(path)) this.#take({ change, path, error });
        } else if (!isZkError(error, "CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED")) throw error;
        // The next connection brings a reading of everything.
        else if (this.#touched !== undefined) throw error;
      },
    );
  }

  #missed(path: string): void {
    for (const change of this.#model.missed(path)) this.#take({ change, path });
  }

  #take(reading: Reading): void {
    this.#publish(() => this.#show(reading));
  }

  #publish(step: () => Promise<void> | void): void {
    this.#publishing = this.#publishing.then(step).catch((error: unknown) => {
      this.#logger.error(`the cache of ${this.path} failed`, { error });
    });
  }

  async #show({ change, path, data = null, stat, error }: Reading): Promise<void> {
    if (change === "removed") return this.#remove(path);
    if (change === "denied" || stat === undefined) return this.#spoil(path, error);
    let value: T;
    try {
      value = await this.#codec.decode(data);
    } catch (undecodable) {
      return this.#spoil(path, undecodable);
    }
    const [node, previous] = [{ path, data: value, stat }, this.#nodes.get(path)];
    this.#nodes.set(path, node);
    this.#version++;
    this.#events.tell(previous === undefined ? { type: "added", node } : { type: "changed", node, previous });
  }

  #remove(path: string): void {
    this.#events.tell({ type: "removed", path, node: this.#drop(path) });
  }

  #spoil(path: string, error: unknown): void {
    this.#events.tell({ type: "invalid", path, error, previous: this.#drop(path) });
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
