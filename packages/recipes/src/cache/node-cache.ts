import type { ZooKeeper } from "@conclave/client";
import { type CachedNode, TreeCache, type TreeCacheEvent, type TreeCacheOptions } from "./tree-cache.js";

/** How a {@link NodeCache} is made. */
export type NodeCacheOptions<T> = Omit<TreeCacheOptions<T>, "depth">;

/** A copy of one znode that follows it: see {@link TreeCache}. */
export class NodeCache<T> implements AsyncDisposable {
  readonly path: string;
  readonly #cache: TreeCache<T>;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: NodeCacheOptions<T>) {
    this.#cache = new TreeCache(zk, { ...options, depth: 0 });
    this.path = options.path;
  }

  /** As {@link TreeCache.ready}. */
  get ready(): Promise<void> {
    return this.#cache.ready;
  }

  /** As {@link TreeCache.isFresh}. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** The znode; `undefined` where it is not there, or holds what the codec cannot read. */
  get current(): CachedNode<T> | undefined {
    return this.#cache.get(this.path);
  }

  /** As {@link TreeCache.on}. */
  on(listener: (event: TreeCacheEvent<T>) => void): () => void {
    return this.#cache.on(listener);
  }

  /** As {@link TreeCache.events}. */
  events(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<TreeCacheEvent<T>, undefined> {
    return this.#cache.events(options);
  }

  /** Stops following. Idempotent. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
