/** Told of one event. The tree calls it while it applies a transaction, before anything can read the change. */
export interface Watcher {
  notify(type: number, path: string, zxid: bigint): void;
}

/**
 * One-shot watches of one kind: which watcher waits at which path. Leaving the same watch twice is leaving it once.
 */
export class WatchTable {
  readonly #watchersByPath = new Map<string, Set<Watcher>>();
  readonly #pathsByWatcher = new Map<Watcher, Set<string>>();

  get size(): number {
    let size = 0;
    for (const watchers of this.#watchersByPath.values()) size += watchers.size;
    return size;
  }

  add(path: string, watcher: Watcher): void {
    add(this.#watchersByPath, path, watcher);
    add(this.#pathsByWatcher, watcher, path);
  }

  /** Tells and removes all watchers of a path, but for those in `except`; returns those told. */
  trigger(type: number, path: string, zxid: bigint, except?: ReadonlySet<Watcher>): ReadonlySet<Watcher> | undefined {
    const watchers = this.#watchersByPath.get(path);
    if (watchers === undefined) return undefined;
    this.#watchersByPath.delete(path);
    for (const watcher of watchers) {
      remove(this.#pathsByWatcher, watcher, path);
      if (except === undefined || !except.has(watcher)) watcher.notify(type, path, zxid);
    }
    return watchers;
  }

  /** Forgets all that a watcher left, for when its connection is gone. */
  removeWatcher(watcher: Watcher): void {
    const paths = this.#pathsByWatcher.get(watcher);
    if (paths === undefined) return;
    this.#pathsByWatcher.delete(watcher);
    for (const path of paths) remove(this.#watchersByPath, path, watcher);
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function remove<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values?.delete(value) && values.size === 0) map.delete(key);
}
