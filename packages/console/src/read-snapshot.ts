import { isZkError, joinPath, type Stat, type ZooKeeper } from "@conclave/client";
import { type Entrant, type Placed, place, queueAmong, type RecipeKind } from "./layouts.js";
import type { ResolvedConsole } from "./options.js";
import { hex, shownId } from "./znode-text.js";

/** A recipe with those that take part. */
export interface Recipe {
  readonly kind: RecipeKind;
  readonly path: string;
  readonly entrants: readonly Placed[];
  /** Number of entrants that are left out: {@link ENTRANTS} are read at most. */
  readonly more: number;
}

/** A session, as far as its ephemerals show it. */
export interface ShownSession {
  readonly id: string;
  /** Ids that it wrote into recipes: the names of apps or processes. */
  readonly names: readonly string[];
  readonly ephemerals: readonly string[];
  /** Number of ephemerals, of which {@link ENTRANTS} are listed at most. */
  readonly count: number;
}

/** Recipes and sessions at about the same moment: each znode is read by itself. */
export interface TreeSnapshot {
  readonly recipes: readonly Recipe[];
  readonly sessions: readonly ShownSession[];
  /** Number of znodes and of requests that the snapshot took. */
  readonly znodes: number;
  readonly reads: number;
  /** Sentences about the parts that were left out, with the reason. */
  readonly leftOut: readonly string[];
}

/** Entrants of a recipe, and ephemerals of a session, that a snapshot lists at most. */
export const ENTRANTS = 100;
/** Children above which a znode is not listed: the answer could be longer than clients accept. */
const CHILDREN = 10_000;
/** Bytes of an entrant's data above which it is not read. */
const ID_BYTES = 65_536;
const PARALLEL = 32;

interface Found {
  readonly path: string;
  readonly stat: Stat;
  readonly children: readonly string[];
}

/** Reads what is below the root of the options, level by level, until `maxZnodes` were looked at. */
export async function readTree(options: ResolvedConsole, signal: AbortSignal): Promise<TreeSnapshot> {
  return new TreeReader(options, signal).read();
}

class TreeReader {
  readonly #options: ResolvedConsole;
  readonly #signal: AbortSignal;
  readonly #zk: ZooKeeper;
  readonly #found = new Map<string, Found>();
  readonly #leftOut = new Set<string>();
  #reads = 0;

  constructor(options: ResolvedConsole, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#zk = options.zk;
  }

  async read(): Promise<TreeSnapshot> {
    await this.#walk();
    const recipes: Recipe[] = [];
    for (const { path, children } of this.#found.values()) {
      const recipe = await this.#recipe(path, children);
      if (recipe !== undefined) recipes.push(recipe);
    }
    const ordered = waitersForPermits(recipes.sort((a, b) => (a.path < b.path ? -1 : 1)));
    const sessions = this.#sessions(ordered);
    return { recipes: ordered, sessions, znodes: this.#found.size, reads: this.#reads, leftOut: [...this.#leftOut] };
  }

  async #walk(): Promise<void> {
    const { root, maxZnodes } = this.#options;
    let level = [root];
    while (level.length > 0) {
      const room = maxZnodes - this.#found.size;
      if (level.length > room) {
        this.#leftOut.add(`Znodes after the first ${maxZnodes}: raise maxZnodes, or set root.`);
        level = level.slice(0, room);
      }
      const found = await inParallel(level, (path) => this.#look(path));
      level = found.flatMap((each) => each?.children.map((name) => joinPath(each.path, name)) ?? []);
      level = level.filter((path) => path !== "/zookeeper");
    }
  }

  async #look(path: string): Promise<Found | undefined> {
    this.#reads += 1;
    const stat = await this.#zk.exists(path, { signal: this.#signal });
    if (stat === null) return undefined;
    const found: Found = { path, stat, children: await this.#children(path, stat) };
    this.#found.set(path, found);
    return found;
  }

  async #children(path: string, stat: Stat): Promise<readonly string[]> {
    if (stat.numChildren === 0) return [];
    if (stat.numChildren > CHILDREN) {
      this.#leftOut.add(`The ${stat.numChildren} children of ${path}: more than ${CHILDREN}.`);
      return [];
    }
    this.#reads += 1;
    try {
      return (await this.#zk.getChildren(path, { signal: this.#signal })).sort();
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return [];
      if (!isZkError(error, "NO_AUTH")) throw error;
      this.#leftOut.add(`Children of ${path}: its access control list does not allow this client to read them.`);
      return [];
    }
  }

  async #recipe(path: string, children: readonly string[]): Promise<Recipe | undefined> {
    const layout = queueAmong(children) ?? this.#group(path, children);
    if (layout === undefined) return undefined;
    const names = layout.names.slice(0, ENTRANTS);
    const read = await inParallel(names, (name) => this.#entrant(path, name));
    const entrants = place(
      layout.kind,
      read.filter((entrant) => entrant !== undefined),
    );
    return { kind: layout.kind, path, entrants, more: layout.names.length - names.length };
  }

  /** A znode all of whose children are ephemerals is shown as a group. */
  #group(path: string, children: readonly string[]): { kind: RecipeKind; names: readonly string[] } | undefined {
    const stats = children.map((name) => this.#found.get(joinPath(path, name))?.stat);
    const isGroup = children.length > 0 && stats.every((stat) => stat !== undefined && isSession(stat.ephemeralOwner));
    return isGroup ? { kind: "group", names: children } : undefined;
  }

  async #entrant(parent: string, name: string): Promise<Entrant | undefined> {
    const path = joinPath(parent, name);
    const stat = this.#found.get(path)?.stat ?? (await this.#exists(path));
    if (stat === undefined) return undefined;
    return {
      name,
      id: await this.#id(path, stat),
      sessionId: hex(stat.ephemeralOwner),
      token: String(stat.czxid),
      since: stat.ctime,
    };
  }

  async #exists(path: string): Promise<Stat | undefined> {
    this.#reads += 1;
    return (await this.#zk.exists(path, { signal: this.#signal })) ?? undefined;
  }

  async #id(path: string, stat: Stat): Promise<string> {
    if (this.#options.isRedacted(path)) return "(redacted)";
    if (stat.dataLength === 0 || stat.dataLength > ID_BYTES) return "";
    this.#reads += 1;
    try {
      return shownId((await this.#zk.getData(path, { signal: this.#signal })).data);
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return "";
      if (isZkError(error, "NO_AUTH")) return "(not readable by this client)";
      throw error;
    }
  }

  #sessions(recipes: readonly Recipe[]): ShownSession[] {
    const ephemerals = new Map<string, string[]>();
    for (const { path, stat } of this.#found.values()) {
      if (!isSession(stat.ephemeralOwner)) continue;
      const id = hex(stat.ephemeralOwner);
      ephemerals.set(id, [...(ephemerals.get(id) ?? []), path]);
    }
    const names = new Map<string, Set<string>>();
    for (const { kind, entrants } of recipes) {
      for (const { sessionId, id, name } of entrants) {
        const shown = kind === "group" ? name : id;
        if (shown !== "") names.set(sessionId, (names.get(sessionId) ?? new Set()).add(shown));
      }
    }
    return [...ephemerals]
      .map(([id, paths]) => ({
        id,
        names: [...(names.get(id) ?? [])].slice(0, 5),
        ephemerals: paths.slice(0, ENTRANTS),
        count: paths.length,
      }))
      .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
  }
}

/** Containers and znodes with a TTL have the first bit or the first byte set in place of a session id (EphemeralType). */
function isSession(owner: bigint): boolean {
  const bits = BigInt.asUintN(64, owner);
  return bits !== 0n && bits !== 1n << 63n && bits >> 56n !== 0xffn;
}

/** The queue lock of a semaphore orders its contenders: the first one waits for a permit, and holds nothing yet. */
function waitersForPermits(recipes: readonly Recipe[]): Recipe[] {
  const semaphores = new Set(recipes.filter(({ kind }) => kind === "semaphore").map(({ path }) => path));
  return recipes.map((recipe) => {
    const [first, ...others] = recipe.entrants;
    const permits = recipe.path.replace(/\/locks$/, "/leases");
    if (recipe.kind !== "lock" || first === undefined || !semaphores.has(permits)) return recipe;
    const why = `Takes permits now, or waits until a permit in ${permits} is free.`;
    return { ...recipe, entrants: [{ ...first, role: "waits", why }, ...others] };
  });
}

/** Maps with at most {@link PARALLEL} calls at a time, in the given order. */
async function inParallel<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await map(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, work));
  return results;
}
