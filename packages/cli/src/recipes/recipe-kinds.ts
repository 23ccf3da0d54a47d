import type { Stat, ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { ReadWriteLock } from "@conclave/recipes/read-write-lock";
import { Semaphore } from "@conclave/recipes/semaphore";
import { type Place, queuePlaces, readWritePlaces, semaphorePlaces } from "./queue-places.js";

/** A process in a recipe, with the data of a member. */
export type Entrant = Place & { readonly data?: unknown };

/** One recipe in the tree. */
export interface Recipe {
  readonly path: string;
  /** Such as `mutex`; undefined where no process takes part. */
  readonly kind: string | undefined;
  readonly entrants: readonly Entrant[];
}

/** A kind of recipe that a command shows. */
export interface RecipeKind {
  /** Name of several, for people. */
  readonly name: string;
  /** Znodes with a child for each recipe that has a name. */
  readonly folders: readonly string[];
  /** Matches the name of an entrant's znode anywhere in the tree, as Curator's recipes name them; undefined: they have no marks. */
  readonly entrantName?: RegExp | undefined;
  /** Reads the recipe at a path; without entrants if there is none. */
  readonly read: (zk: ZooKeeper, path: string, signal: AbortSignal) => Promise<Recipe>;
  /** Returns facts for its heading, from the Stat of its znode. */
  readonly facts?: ((stat: Stat) => Readonly<Record<string, number>>) | undefined;
}

const NUMBER = String.raw`(?:\d{10}|-\d{9,10})$`;

/** Mutexes, read-write locks and semaphores. */
export const LOCKS: RecipeKind = {
  name: "locks",
  folders: ["/conclave/locks", "/conclave/read-write-locks", "/conclave/semaphores"],
  entrantName: new RegExp(`(?:lock-|__READ__|__WRIT__|lease-)${NUMBER}`),
  read: async (zk, path, signal) => {
    const mutex = await new Mutex(zk, { path }).contenders({ signal });
    if (mutex.length > 0) return { path, kind: "mutex", entrants: queuePlaces(mutex) };
    const readWrite = await new ReadWriteLock(zk, { path }).read.contenders({ signal });
    if (readWrite.length > 0) return { path, kind: "read-write lock", entrants: readWritePlaces(readWrite) };
    const [permits, queue] = await Promise.all([
      new Semaphore(zk, { path, permits: 1 }).holders({ signal }),
      new Mutex(zk, { path: path === "/" ? "/locks" : `${path}/locks` }).contenders({ signal }),
    ]);
    const kind = permits.length + queue.length === 0 ? undefined : "semaphore";
    return { path, kind, entrants: semaphorePlaces(permits, queue) };
  },
};

/** Elections, in the layout of Curator's LeaderLatch. */
export const ELECTIONS: RecipeKind = {
  name: "elections",
  folders: ["/conclave/elections"],
  entrantName: new RegExp(`latch-${NUMBER}`),
  read: async (zk, path, signal) => {
    const participants = await new LeaderElection(zk, { path }).participants({ signal });
    const kind = participants.length === 0 ? undefined : "election";
    return { path, kind, entrants: queuePlaces(participants, ["leads", "candidate"]) };
  },
  facts: ({ cversion, numChildren }) => {
    // Each creation and each deletion of a child adds one to cversion.
    const candidacies = (cversion + numChildren) / 2;
    return { candidacies, ended: candidacies - numChildren };
  },
};

/** Groups of members. */
export const GROUPS: RecipeKind = {
  name: "groups",
  folders: ["/conclave/groups"],
  read: async (zk, path, signal) => {
    const members = await new Group(zk, { path }).members({ signal });
    const entrants = members.map(({ czxid, ...each }) => ({ ...each, fencingToken: czxid, role: "member" as const }));
    return { path, kind: members.length === 0 ? undefined : "group", entrants };
  },
};

/** Returns the kind and role of an ephemeral znode of a recipe, by its name; `undefined` for another znode. */
export function purposeOf(path: string): string | undefined {
  const [name, parent] = [path.slice(path.lastIndexOf("/") + 1), path.slice(0, path.lastIndexOf("/"))];
  if (LOCKS.entrantName!.test(name)) return "lock";
  if (ELECTIONS.entrantName!.test(name)) return "election";
  return GROUPS.folders.some((folder) => parent.startsWith(`${folder}/`)) ? "group" : undefined;
}
