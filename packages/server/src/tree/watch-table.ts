import { type Acl, EventType, parentPath } from "@conclave/protocol";
import { ShardedMap } from "./sharded-map.js";

/** Receives watch events. The tree calls it while it applies a transaction, before the change can be read. */
export interface Watcher {
  /**
   * @param acl of the znode at `path`: a client that may not read it gets no event (CVE-2024-23944); `undefined`: all
   * get it
   */
  notify(type: number, path: string, zxid: bigint, acl?: readonly Acl[]): void;
}

/**
 * Duration and scope of a watch, as bits: one watcher may have several at one path, independent of each other
 * (ZOOKEEPER-4466).
 */
export const WatchMode = {
  /** Fires once. */
  STANDARD: 1,
  /** Stays after it fired. */
  PERSISTENT: 2,
  /**
   * Remains, and covers everything below the path too; reports no NodeChildrenChanged, because it reports the children
   * themselves.
   */
  RECURSIVE: 4,
} as const;
export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode];

/** Limits of the number of watches, in units of {@link watchCost}. */
export interface WatchLimits {
  readonly perWatcher: number;
  readonly inAll: number;
}

/** Whatever mode. */
export const ANY_MODE = 7;

const ONCE_OR_PERSISTENT = WatchMode.STANDARD | WatchMode.PERSISTENT;
const LASTING = WatchMode.PERSISTENT | WatchMode.RECURSIVE;

/** Watchers of one event. */
export type Concerned = Pick<ReadonlySet<Watcher>, "has" | "keys">;

/**
 * Watches of one kind: which watcher waits at which path. Leaving the same watch twice is leaving it once.
 *
 * Watches that fire once come and go with each event, thousands of them at one path, so that they leave all together.
 */
export class WatchTable {
  readonly #watchesByPath = new ShardedMap<PathWatches>();
  /**
   * Paths of each watcher's watches. A watcher without watches remains until it is removed: it is likely to add
   * another.
   */
  readonly #pathsByWatcher = new Map<Watcher, Paths>();
  /** Number of recursive watches; while there is none, events do not look at the ancestors of their path. */
  #recursive = 0;
  #size = 0;
  #cost = 0;
  /** Watchers that {@link removeWatcher} has begun with. */
  readonly #leaving = new Map<Watcher, Iterator<string>>();

  get size(): number {
    return this.#size;
  }

  /** The sum of {@link watchCost} of all watches. */
  get cost(): number {
    return this.#cost;
  }

  /** The same of one watcher. */
  costOf(watcher: Watcher): number {
    return this.#pathsByWatcher.get(watcher)?.cost ?? 0;
  }

  /** Yields the watchers of each path. */
  *byPath(): Generator<readonly [path: string, watchers: Iterable<Watcher>]> {
    for (const [path, { modes }] of this.#watchesByPath) yield [path, modes.keys()];
  }

  /** Yields the paths of each watcher. */
  *byWatcher(): Generator<readonly [watcher: Watcher, paths: readonly string[]]> {
    for (const [watcher, paths] of this.#pathsByWatcher) {
      const all = [...paths.all()];
      if (all.length > 0) yield [watcher, all];
    }
  }

  add(path: string, watcher: Watcher, mode: WatchMode = WatchMode.STANDARD): void {
    let watches = this.#watchesByPath.get(path);
    if (watches === undefined) {
      watches = new PathWatches(path);
      this.#watchesByPath.set(path, watches);
    }
    this.#setModes(watches, watcher, watches.modesOf(watcher) | mode);
  }

  /** Returns true if a watcher has a watch of one of these modes at a path. */
  has(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    return ((this.#watchesByPath.get(path)?.modesOf(watcher) ?? 0) & modes) !== 0;
  }

  /** Takes back the watches of these modes; whether there was one. */
  remove(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    const watches = this.#watchesByPath.get(path);
    const had = watches?.modesOf(watcher) ?? 0;
    if (watches === undefined || (had & modes) === 0) return false;
    this.#setModes(watches, watcher, had & ~modes);
    return true;
  }

  /**
   * Notifies the watchers of an event at a path, each once, except for those in `except`; removes the watches that fire
   * once, even those in `except`. Returns all watchers of the event.
   *
   * @param acl of the znode at the path, or of the deleted one
   */
  trigger(type: number, path: string, zxid: bigint, acl: readonly Acl[], except?: Concerned): Concerned | undefined {
    const concerned = this.#concerned(type, path);
    if (concerned === undefined) return undefined;
    for (const watcher of concerned.keys()) {
      if (except === undefined || !except.has(watcher)) watcher.notify(type, path, zxid, acl);
    }
    return concerned;
  }

  /**
   * Removes at most `limit` watches of a watcher whose connection is closed. Returns true if it must be called again.
   * The watcher may not add watches meanwhile.
   */
  removeWatcher(watcher: Watcher, limit = Number.POSITIVE_INFINITY): boolean {
    let paths = this.#leaving.get(watcher);
    if (paths === undefined) {
      const entry = this.#pathsByWatcher.get(watcher);
      if (entry === undefined) return false;
      paths = entry.all()[Symbol.iterator]();
      // The paths are not taken out of the entry one by one, which would be as much work again.
      this.#pathsByWatcher.delete(watcher);
      this.#leaving.set(watcher, paths);
      this.#cost -= entry.cost;
    }
    for (let count = 0; count < limit; count++) {
      const { done, value: path } = paths.next();
      if (done === true) {
        this.#leaving.delete(watcher);
        return false;
      }
      this.remove(path, watcher);
    }
    return true;
  }

  #concerned(type: number, path: string): Concerned | undefined {
    if (this.#watchesByPath.size === 0) return undefined;
    const here = this.#watchesByPath.get(path);
    const coversBelow = this.#recursive > 0 && type !== EventType.NODE_CHILDREN_CHANGED;
    if (here === undefined && !coversBelow) return undefined;
    if (here?.firesAtOnce && !coversBelow) return this.#takeAll(here);
    const concerned = new Set<Watcher>();
    for (const [watcher, modes] of here?.modes ?? []) {
      if ((modes & ONCE_OR_PERSISTENT) !== 0) concerned.add(watcher);
      if ((modes & WatchMode.STANDARD) !== 0) this.#setModes(here!, watcher, modes & ~WatchMode.STANDARD);
    }
    if (coversBelow) this.#addRecursive(path, concerned);
    return concerned;
  }

  /** All at a path where every watch fires once. */
  #takeAll({ path, modes }: PathWatches): Concerned {
    this.#watchesByPath.delete(path);
    this.#size -= modes.size;
    for (const watcher of modes.keys()) this.#forget(watcher, path);
    return modes;
  }

  #forget(watcher: Watcher, path: string): void {
    const paths = this.#pathsByWatcher.get(watcher);
    // Those of a watcher that leaves are counted already.
    if (paths === undefined) return;
    paths.delete(path);
    this.#cost -= watchCost(path);
  }

  #addRecursive(path: string, concerned: Set<Watcher>): void {
    for (let at = path; at !== ""; at = parentPath(at)) {
      for (const [watcher, modes] of this.#watchesByPath.get(at)?.modes ?? []) {
        if ((modes & WatchMode.RECURSIVE) !== 0) concerned.add(watcher);
      }
    }
  }

  #setModes(watches: PathWatches, watcher: Watcher, modes: number): void {
    const had = watches.setModes(watcher, modes);
    this.#recursive += Number((modes & WatchMode.RECURSIVE) !== 0) - Number((had & WatchMode.RECURSIVE) !== 0);
    if (modes === 0) {
      if (watches.modes.size === 0) this.#watchesByPath.delete(watches.path);
      if (had !== 0) this.#size--;
      this.#forget(watcher, watches.path);
    } else if (had === 0) {
      this.#size++;
      this.#cost += watchCost(watches.path);
      const paths = this.#pathsByWatcher.get(watcher);
      if (paths === undefined) this.#pathsByWatcher.set(watcher, new Paths(watches.path));
      else paths.add(watches.path);
    }
  }
}

/** Each watch keeps its path in memory, so a watch with a long path counts as several. */
const CHARACTERS_PER_COST = 256;

/** Returns the cost of a watch against the limits; 1 except for long paths. */
export const watchCost = (path: string): number => 1 + Math.floor(path.length / CHARACTERS_PER_COST);

/** The watches at one path. */
class PathWatches {
  readonly path: string;
  /** Modes by watcher. */
  readonly modes = new Map<Watcher, number>();
  /** Number of watchers with watches that remain after an event. */
  #lasting = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** True if no watch remains after an event here. */
  get firesAtOnce(): boolean {
    return this.#lasting === 0;
  }

  modesOf(watcher: Watcher): number {
    return this.modes.get(watcher) ?? 0;
  }

  /** Returns those that it had. */
  setModes(watcher: Watcher, modes: number): number {
    const had = this.modesOf(watcher);
    this.#lasting += Number((modes & LASTING) !== 0) - Number((had & LASTING) !== 0);
    if (modes === 0) this.modes.delete(watcher);
    else this.modes.set(watcher, modes);
    return had;
  }
}

/** Some paths. Most watchers have one, or one after the other. */
class Paths {
  #one: string | undefined;
  #several: Set<string> | undefined;
  /** The sum of their {@link watchCost}. */
  cost = 0;

  constructor(first: string) {
    this.add(first);
  }

  all(): Iterable<string> {
    if (this.#several !== undefined) return this.#several;
    return this.#one === undefined ? [] : [this.#one];
  }

  /** It is not there yet. */
  add(path: string): void {
    this.cost += watchCost(path);
    if (this.#several !== undefined) this.#several.add(path);
    else if (this.#one === undefined) this.#one = path;
    else this.#several = new Set([this.#one, path]);
  }

  /** It is there. */
  delete(path: string): void {
    if (this.#several === undefined) this.#one = undefined;
    else this.#several.delete(path);
    this.cost -= watchCost(path);
  }
}
