import { CreateMode, isZkError, makePath, type OperationOptions, parentPath, type ZooKeeper } from "@conclave/client";
import type { ResolvedRecipe } from "../options/recipe-options.js";

/*
 *     <path>                                          persistent; the number of the last round, in decimal digits
 *     <path>/round-<number>                           container; who passed, as JSON, once it has begun
 *     <path>/round-<number>/_c_<uuid>-member-<seq>    ephemeral; its data is the participant's id, in UTF-8
 *
 * A round begins once and is never opened again, so that no word of an old one can let anybody through a new one. (Curator's
 * DistributedDoubleBarrier has one `ready` for all rounds: what a crashed one leaves there opens the next.)
 */

/** The path of a round's znode. */
export function roundPath(path: string, round: number): string {
  return `${path}/round-${String(round).padStart(10, "0")}`;
}

/**
 * Returns the names of the participants that entered, from the data of a round's znode; `undefined` while the round is open.
 */
export function readRoster(data: Buffer | null): readonly string[] | undefined {
  return data === null || data.length === 0 ? undefined : (JSON.parse(data.toString("utf8")) as string[]);
}

/** The number of the round to enter: the last one, or a new one where that is not beyond `beyond`. */
export async function findNextRound(
  zk: ZooKeeper,
  { path, acl }: ResolvedRecipe,
  beyond: number,
  { signal }: OperationOptions,
): Promise<number> {
  for (;;) {
    try {
      const { data, stat } = await zk.getData(path, { signal });
      const last = Number(data?.toString("latin1") ?? "0");
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
      // Another was first: then there is a new one.
      if (isZkError(error, "BAD_VERSION")) continue;
      if (!isZkError(error, "NO_NODE")) throw error;
      await make(zk, path, acl, signal);
    }
  }
}

/**
 * Creates the round after `past` if that was the last one. Sent ahead of the requests that need the round, without waiting
 * for the answer: if the round exists already it changes nothing. (The barrier's znode is written once per round, so its
 * version equals the number in its data.)
 */
export function createAhead(zk: ZooKeeper, { path, acl }: ResolvedRecipe, past: number): void {
  const next = past + 1;
  zk.transaction()
    .setData(path, String(next), past)
    .create(roundPath(path, next), null, { mode: CreateMode.CONTAINER, acl })
    .commit()
    .catch(() => {});
}

async function make(
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
