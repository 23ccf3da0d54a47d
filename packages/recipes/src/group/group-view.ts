import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type CachedNode, TreeCache, type TreeCacheEvent, type TreeCacheOptions } from "../cache/tree-cache.js";
import type { ReportUnreadable } from "../watching/read-children.js";
import { byAge, type Member } from "./member.js";

/**
 * An event of a view. A member that left and joined again between two reads is reported as `left` and `joined`. `synced`: the
 * view holds all members, at first and after each reconnection.
 */
export type GroupEvent<T> =
  | { readonly type: "joined" | "left"; readonly member: Member<T> }
  | { readonly type: "changed"; readonly member: Member<T>; readonly previous: Member<T> }
  | { readonly type: "synced" };

/**
 * Live view of the members of a group. A member appears within one round trip of its joining; one that died disappears when
 * its session ends. While the connection is lost the view stays as it was, and {@link isFresh} is false.
 */
export class GroupView<T> implements AsyncDisposable {
  /** Resolves when the view holds all present members; rejects if the view is closed or fails before. */
  readonly ready: Promise<void>;
  readonly #cache: TreeCache<T>;
  #members: { readonly version: number; readonly list: readonly Member<T>[] } | undefined;

  constructor(zk: ZooKeeper, options: Omit<TreeCacheOptions<T>, "depth">, report: ReportUnreadable) {
    this.#cache = new TreeCache(zk, { ...options, depth: 1 });
    this.#cache.on((event) => {
      // The group's own znode is not a member.
      if (event.type === "invalid" && event.path !== options.path) report(event.path, event.error);
    });
    this.ready = this.#cache.ready;
  }

  /** Counts the changes of the view. */
  get version(): number {
    return this.#cache.version;
  }

  /** True while changes are reported: the view is complete, and the client is connected. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** Members, the oldest first; the same array until the view changes. */
  get members(): readonly Member<T>[] {
    const { version } = this.#cache;
    if (this.#members?.version !== version) {
      const list = [...this.#cache.nodes()].filter((node) => this.#isMember(node)).map(toMember);
      this.#members = { version, list: Object.freeze(list.sort(byAge)) };
    }
    return this.#members.list;
  }

  /** Returns the member with this id. */
  get(id: string): Member<T> | undefined {
    const node = this.#cache.get(`${this.#cache.path}/${id}`);
    return node && toMember(node);
  }

  /** Adds a listener and returns a function that removes it. Members that are already present are not reported. */
  on(listener: (event: GroupEvent<T>) => void): () => void {
    return this.#cache.on((event) => {
      const groupEvent = this.#eventOf(event);
      if (groupEvent !== undefined) listener(groupEvent);
    });
  }

  /** Iterates over all events after this call, until the view is closed or `signal` aborts. */
  events({ signal }: OperationOptions = {}): AsyncIterableIterator<GroupEvent<T>, undefined> {
    const cacheEvents = this.#cache.events({ signal });
    const next = async (): Promise<IteratorResult<GroupEvent<T>, undefined>> => {
      for (;;) {
        const { done, value } = await cacheEvents.next();
        if (done === true) return { done, value: undefined };
        const groupEvent = this.#eventOf(value);
        if (groupEvent !== undefined) return { done: false, value: groupEvent };
      }
    };
    return {
      next,
      return: async () => {
        await cacheEvents.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Stops following. Idempotent. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The group's own znode is not a member, and an unreadable znode is left out. */
  #eventOf(event: TreeCacheEvent<T>): GroupEvent<T> | undefined {
    switch (event.type) {
      case "added":
        return this.#isMember(event.node) ? { type: "joined", member: toMember(event.node) } : undefined;
      case "removed":
        return this.#left(event.node);
      case "invalid":
        return this.#left(event.previous);
      case "changed":
        if (!this.#isMember(event.node)) return undefined;
        return { type: "changed", member: toMember(event.node), previous: toMember(event.previous) };
      case "synced":
        return { type: "synced" };
      case "failed":
        // Reported by `ready` and the iterators.
        return undefined;
    }
  }

  #left(node: CachedNode<T> | undefined): GroupEvent<T> | undefined {
    return node !== undefined && this.#isMember(node) ? { type: "left", member: toMember(node) } : undefined;
  }

  #isMember({ path }: CachedNode<T>): boolean {
    return path !== this.#cache.path;
  }
}

function toMember<T>({ path, data, stat }: CachedNode<T>): Member<T> {
  const id = path.slice(path.lastIndexOf("/") + 1);
  return { id, data, path, sessionId: stat.ephemeralOwner, czxid: stat.czxid };
}
