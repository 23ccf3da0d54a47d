import { type Acl, EventType, parentPath } from "@conclave/protocol";

/** Told of one event. The tree calls it while it applies a transaction, before anything can read the change. */
export interface Watcher {
  /** @param acl of the znode at `path`: who may not read it is told nothing (CVE-2024-23944); `undefined`: for all */
  notify(type: number, path: string, zxid: bigint, acl?: readonly Acl[]): void;
}

/**
 * How long a watch lasts and what it covers, as bits: one watcher may have several at one path, independent of each
 * other (ZOOKEEPER-4466).
 */
export const WatchMode = {
  /** Fires once. */
  STANDARD: 1,
  /** Stays after it fired. */
  PERSISTENT: 2,
  /** Stays, and covers everything below the path too; is told of no changes of children, as it is told of the children. */
  RECURSIVE: 4,
} as const;
export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode];

/** Whatever mode. */
export const ANY_MODE = 7;

/**
 * Watches of one kind: which watcher waits at which path. Leaving the same watch twice is leaving it once.
 */
export class WatchTable {
  /** Modes of each watcher at each path. */
  readonly #modesByPath = new Map<string, Map<Watcher, number>>();
  readonly #pathsByWatcher = new Map<Watcher, Set<string>>();
  /** How many recursive watches there are: while there is none, nobody looks at the ancestors. */
  #recursive = 0;

  get size(): number {
    let size = 0;
    for (const watchers of this.#modesByPath.values()) size += watchers.size;
    return size;
  }

  /** Who watches what, by path. */
  *byPath(): Generator<readonly [path: string, watchers: Iterable<Watcher>]> {
    for (const [path, modes] of this.#modesByPath) yield [path, modes.keys()];
  }

  /** Who watches what, by watcher. */
  byWatcher(): Iterable<readonly [watcher: Watcher, paths: ReadonlySet<string>]> {
    return this.#pathsByWatcher;
  }

  add(path: string, watcher: Watcher, mode: WatchMode = WatchMode.STANDARD): void {
    const watchers = this.#modesByPath.get(path) ?? new Map<Watcher, number>();
    this.#modesByPath.set(path, watchers);
    this.#setModes(path, watchers, watcher, (watchers.get(watcher) ?? 0) | mode);
  }

  /** Whether a watcher has a watch of one of these modes at a path. */
  has(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    return ((this.#modesByPath.get(path)?.get(watcher) ?? 0) & modes) !== 0;
  }

  /** Takes back the watches of these modes; whether there was one. */
  remove(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    const watchers = this.#modesByPath.get(path);
    const had = watchers?.get(watcher) ?? 0;
    if (watchers === undefined || (had & modes) === 0) return false;
    this.#setModes(path, watchers, watcher, had & ~modes);
    return true;
  }

  /**
   * Tells all whom an event at a path concerns, each once, but for those in `except`; removes the watches that fire
   * once, told or not. Returns those it concerns.
   *
   * @param acl of the znode at the path, or that it had
   */
  trigger(
    type: number,
    path: string,
    zxid: bigint,
    acl: readonly Acl[],
    except?: ReadonlySet<Watcher>,
  ): ReadonlySet<Watcher> | undefined {
    const concerned = this.#concerned(type, path);
    if (concerned === undefined) return undefined;
    for (const watcher of concerned) {
      if (except === undefined || !except.has(watcher)) watcher.notify(type, path, zxid, acl);
    }
    return concerned;
  }

  /** Forgets all that a watcher left, for when its connection is gone. */
  removeWatcher(watcher: Watcher): void {
    for (const path of [...(this.#pathsByWatcher.get(watcher) ?? [])]) this.remove(path, watcher);
  }

  #concerned(type: number, path: string): Set<Watcher> | undefined {
    if (this.#modesByPath.size === 0) return undefined;
    const here = this.#modesByPath.get(path);
    const coversBelow = this.#recursive > 0 && type !== EventType.NODE_CHILDREN_CHANGED;
    if (here === undefined && !coversBelow) return undefined;
    const concerned = new Set<Watcher>();
    for (const [watcher, modes] of here ?? []) {
      if ((modes & (WatchMode.STANDARD | WatchMode.PERSISTENT)) !== 0) concerned.add(watcher);
      if ((modes & WatchMode.STANDARD) !== 0) this.#setModes(path, here!, watcher, modes & ~WatchMode.STANDARD);
    }
    if (coversBelow) this.#addRecursive(path, concerned);
    return concerned;
  }

  #addRecursive(path: string, concerned: Set<Watcher>): void {
    for (let at = path; at !== ""; at = parentPath(at)) {
      for (const [watcher, modes] of this.#modesByPath.get(at) ?? []) {
        if ((modes & WatchMode.RECURSIVE) !== 0) concerned.add(watcher);
      }
    }
  }

  #setModes(path: string, watchers: Map<Watcher, number>, watcher: Watcher, modes: number): void {
    const had = watchers.get(watcher) ?? 0;
    this.#recursive += Number((modes & WatchMode.RECURSIVE) !== 0) - Number((had & WatchMode.RECURSIVE) !== 0);
    if (modes !== 0) {
      watchers.set(watcher, modes);
      addTo(this.#pathsByWatcher, watcher, path);
      return;
    }
    watchers.delete(watcher);
    if (watchers.size === 0) this.#modesByPath.delete(path);
    removeFrom(this.#pathsByWatcher, watcher, path);
  }
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values?.delete(value) && values.size === 0) map.delete(key);
}
