import type { ZooKeeper } from "@conclave/client";
import { type CachedNode, TreeCache, type TreeCacheEvent, type TreeCacheOptions } from "./tree-cache.js";

/** Options of {@link NodeCache}. */
export type NodeCacheOptions<T> = Omit<TreeCacheOptions<T>, "depth">;

/** A live copy of one znode: see {@link TreeCache}. */
export class NodeCache<T> implements AsyncDisposable {
  readonly path: string;
  readonly #cache: TreeCache<T>;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: NodeCacheOptions<T>) {
    this.#cache = new TreeCache(zk, { ...options, depth: 0 });
    this.path = options.path;
  }

  /** See {@link TreeCache.ready}. */
  get ready(): Promise<void> {
    return this.#cache.ready;
  }

  /** See {@link TreeCache.isFresh}. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** The znode; `undefined` if it does not exist or its data cannot be decoded. */
  get current(): CachedNode<T> | undefined {
    return this.#cache.get(this.path);
  }

  /** See {@link TreeCache.on}. */
  on(listener: (event: TreeCacheEvent<T>) => void): () => void {
    return this.#cache.on(listener);
  }

  /** See {@link TreeCache.events}. */
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
