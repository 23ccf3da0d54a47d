import { isZkError, walk, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { ReadWriteLock } from "@conclave/recipes/read-write-lock";
import { shownJson } from "@conclave/runtime";
import { hex } from "../json-line.js";
import { quotedIfNeeded } from "../quoted.js";
import type { ShellCall, ShellCommand } from "./shell-call.js";

/** A process in a recipe, in the order in which the recipe has them. */
interface Entrant {
  readonly id: string;
  readonly role: "holds" | "waits" | "leads" | "candidate" | "member";
  readonly path: string;
  readonly sessionId: bigint;
  readonly fencingToken: bigint;
  readonly data?: unknown;
}

/** How a command finds its recipes and those that take part in one. */
interface RecipeKind {
  /** Znodes with a child for each recipe that has a name. */
  readonly folders: readonly string[];
  readonly read: (zk: ZooKeeper, path: string, signal: AbortSignal) => Promise<readonly Entrant[]>;
}

const LOCKS: RecipeKind = {
  folders: ["/conclave/locks", "/conclave/read-write-locks"],
  read: async (zk, path, signal) => {
    const mutex = await new Mutex(zk, { path }).contenders({ signal });
    if (mutex.length > 0) {
      return mutex.map((each, index) => ({ ...each, role: index === 0 ? "holds" : "waits" }));
    }
    const queue = await new ReadWriteLock(zk, { path }).read.contenders({ signal });
    const firstWriter = queue.findIndex((each) => !isReader(each.path));
    return queue.map((each, index) => {
      const holds = index === 0 || (isReader(each.path) && (firstWriter === -1 || index < firstWriter));
      return { ...each, role: holds ? "holds" : "waits" };
    });
  },
};

/** The name of a reader's znode, in the layout of Curator's InterProcessReadWriteLock. */
const isReader = (path: string): boolean => path.slice(path.lastIndexOf("/")).includes("-__READ__");

const ELECTIONS: RecipeKind = {
  folders: ["/conclave/elections"],
  read: async (zk, path, signal) => {
    const participants = await new LeaderElection(zk, { path }).participants({ signal });
    return participants.map((each, index) => ({ ...each, role: index === 0 ? "leads" : "candidate" }));
  },
};

const GROUPS: RecipeKind = {
  folders: ["/conclave/groups"],
  read: async (zk, path, signal) => {
    const members = await new Group(zk, { path }).members({ signal });
    return members.map(({ czxid, ...each }) => ({ ...each, fencingToken: czxid, role: "member" }));
  },
};

/** Prints the recipe that the argument names or has as its path; without an argument, those in which processes take part. */
async function show({ folders, read }: RecipeKind, call: ShellCall): Promise<void> {
  const { zk, signal } = call;
  const given = call.text(0);
  if (given === undefined) {
    for (const folder of folders) {
      for (const name of await childrenOf(zk, folder, signal)) {
        const path = `${folder}/${name}`;
        const entrants = await read(zk, path, signal);
        if (entrants.length > 0) await print(call, path, entrants);
      }
    }
    return;
  }
  const paths = given.startsWith("/")
    ? [call.path(0)]
    : folders.map((folder) => `${folder}/${encodeURIComponent(given)}`);
  const found = await Promise.all(paths.map(async (path) => ({ path, entrants: await read(zk, path, signal) })));
  const { path, entrants } = found.find((each) => each.entrants.length > 0) ?? found[0]!;
  await print(call, path, entrants);
}

async function childrenOf(zk: ZooKeeper, folder: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await zk.getChildren(folder, { signal })).sort();
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return [];
    throw error;
  }
}

async function print(call: ShellCall, path: string, entrants: readonly Entrant[]): Promise<void> {
  const stats = await Promise.all(entrants.map((each) => call.zk.exists(each.path, { signal: call.signal })));
  const known = entrants.map((each, index) => {
    const { ctime } = stats[index] ?? {};
    return { ...each, since: ctime === undefined ? undefined : new Date(ctime).toISOString() };
  });
  const lines = known.map(({ id, role, sessionId, fencingToken, since, data }) => {
    const details = data === undefined || data === null ? "" : `, data ${shownJson(data)}`;
    const place = `session ${hex(sessionId)}, token ${fencingToken}, since ${since ?? "(it has just left)"}`;
    return `  ${role.padEnd(9)}  ${quotedIfNeeded(id)}  (${place}${details})`;
  });
  const name = quotedIfNeeded(decoded(path.slice(path.lastIndexOf("/") + 1)));
  const title = `${name}  ${quotedIfNeeded(path)}${entrants.length === 0 ? ": no process takes part" : ""}`;
  await call.print({ path, entrants: known }, title, ...lines);
}

function decoded(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component;
  }
}

/** Prints the sessions that own ephemeral znodes, the one with most first. */
async function showSessions(call: ShellCall): Promise<void> {
  const paths = new Map<bigint, string[]>();
  for await (const { path, stat } of walk(call.zk, call.path(0), { signal: call.signal })) {
    const owner = stat.ephemeralOwner;
    if (owner !== 0n && !isSpecialOwner(owner)) paths.set(owner, [...(paths.get(owner) ?? []), path]);
  }
  const most = [...paths].sort(([, a], [, b]) => b.length - a.length);
  for (const [sessionId, ephemerals] of most) {
    const count = `${ephemerals.length} ephemeral ${ephemerals.length === 1 ? "znode" : "znodes"}`;
    await call.print(
      { sessionId, ephemerals },
      `${hex(sessionId)}  ${count}`,
      ...ephemerals.map((path) => `  ${quotedIfNeeded(path)}`),
    );
  }
}

/** Containers and znodes with a TTL have the first bit or the first byte set in place of a session id (EphemeralType). */
function isSpecialOwner(owner: bigint): boolean {
  const bits = BigInt.asUintN(64, owner);
  return bits === 1n << 63n || bits >> 56n === 0xffn;
}

const command = (name: string, summary: string, kind: RecipeKind): ShellCommand => ({
  ...{ name, summary, usage: "[name | path]", counts: [0, 1] },
  run: (call) => show(kind, call),
});

/** Commands that show recipes: of Conclave, and of Curator by their path. */
export const RECIPE_COMMANDS: readonly ShellCommand[] = [
  command("locks", "print the locks with their holders and waiters, in order", LOCKS),
  command("elections", "print the elections with their leaders and candidates, in order", ELECTIONS),
  command("groups", "print the groups with their members, the oldest first", GROUPS),
  {
    name: "sessions",
    usage: "[path]",
    summary: "print the sessions that own ephemeral znodes at or below the path, with these znodes",
    counts: [0, 1],
    run: showSessions,
  },
];
