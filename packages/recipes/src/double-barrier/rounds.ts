import { CreateMode, isZkError, makePath, type OperationOptions, parentPath, type ZooKeeper } from "@conclave/client";
import type { ResolvedRecipe } from "../options/recipe-options.js";

/*
 *     <path>                                          persistent; the number of the last round, in decimal digits
 *     <path>/round-<number>                           container; data: the roster as JSON, once the round has begun
 *     <path>/round-<number>/_c_<uuid>-member-<seq>    ephemeral; its data is the participant's id, in UTF-8
 *
 * Each round has its own znode, so nothing left over from an old round can begin a new one. (Curator's DistributedDoubleBarrier
 * has one `ready` znode for all rounds: if a round crashes, its `ready` znode opens the next.)
 */

/** Returns the path of a round's znode. */
export function roundPath(path: string, round: number): string {
  return `${path}/round-${String(round).padStart(10, "0")}`;
}

/**
 * Returns the names of the participants that entered, from the data of a round's znode; `undefined` while the round is open.
 */
export function readRoster(data: Buffer | null): readonly string[] | undefined {
  return data === null || data.length === 0 ? undefined : (JSON.parse(data.toString("utf8")) as string[]);
}

/** Returns the number of the last round if it is larger than `beyond`; otherwise creates the next round. */
export async function findNextRound(
  zk: ZooKeeper,
  { path, acl }: ResolvedRecipe,
  beyond: number,
  { signal }: OperationOptions,
): Promise<number> {
  for (;;) {
    try {
      const { data, stat } = await zk.getData(path, { signal });
      const last = Number(data?.toString("latin1") ?? 0);
      if (!Number.isSafeInteger(last) || last < 0) {
        throw new Error(`the znode at ${path} is not a double barrier: its data is not a round number`);
      }
      if (last > beyond) return last;
      const next = last + 1;
      await zk
        .transaction()
        .setData(path, String(next), stat.version)
        .create(roundPath(path, next), null, { mode: CreateMode.CONTAINER, acl })
        .commit({ signal });
      return next;
    } catch (error) {
      // Another participant has created the round: read its number.
      if (isZkError(error, "BAD_VERSION")) continue;
      if (!isZkError(error, "NO_NODE")) throw error;
      await createBarrier(zk, path, acl, signal);
    }
  }
}

/**
 * Creates the round after `past` if `past` is the last one; if the round exists already, nothing changes. Does not wait for the
 * reply: requests that need the round are sent right after it. (The barrier's znode is written once per round, so its version
 * equals the number in its data.)
 */
export function createAhead(zk: ZooKeeper, { path, acl }: ResolvedRecipe, past: number): void {
  const next = past + 1;
  zk.transaction()
    .setData(path, String(next), past)
    .create(roundPath(path, next), null, { mode: CreateMode.CONTAINER, acl })
    .commit()
    .catch(() => {});
}

async function createBarrier(
  zk: ZooKeeper,
  path: string,
  acl: ResolvedRecipe["acl"],
  signal: AbortSignal | undefined,
): Promise<void> {
  await makePath(zk, parentPath(path), { acl, container: true, signal });
  try {
    // Persistent, so that the count continues after all participants have left.
    await zk.create(path, "0", { acl, signal });
  } catch (error) {
    if (!isZkError(error, "NODE_EXISTS", "NO_NODE")) throw error;
  }
}
