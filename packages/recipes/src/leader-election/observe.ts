import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { readWaiters } from "../wait-queue/read-waiters.js";
import { type WatchSet, watchUntil } from "../watching/watch-until.js";
import { candidates } from "./election-layout.js";
import { type Participant, readParticipant } from "./participant.js";

/** Reads the first candidate, and sets a watch that fires when it may change. */
async function readFirstWithWatch(
  zk: ZooKeeper,
  path: string,
  watches: WatchSet,
  options: OperationOptions,
): Promise<Participant | undefined> {
  for (;;) {
    const first = candidates.waiters(await readWaiters(zk, path, options))[0];
    if (first !== undefined) {
      // New candidates join at the end, so the first one changes only when its znode is deleted.
      const watch = watches.on(`${path}/${first}`);
      const participant = await readParticipant(zk, `${path}/${first}`, { ...options, watch });
      if (participant !== undefined) return participant;
    } else if (await isStillEmpty(zk, path, watches, options)) return undefined;
  }
}

/** Resolves with true if there is no candidate, and sets a watch that fires when one joins. */
async function isStillEmpty(
  zk: ZooKeeper,
  path: string,
  watches: WatchSet,
  options: OperationOptions,
): Promise<boolean> {
  const watch = watches.on(path);
  try {
    return candidates.waiters(await zk.getChildren(path, { ...options, watch })).length === 0;
  } catch (error) {
    if (!isZkError(error, "NO_NODE")) throw error;
    return (await zk.exists(path, { ...options, watch })) === null;
  }
}

/** Implements `LeaderElection.observe`. */
export async function* observe(
  zk: ZooKeeper,
  path: string,
  { signal }: OperationOptions,
): AsyncGenerator<Participant | undefined, void> {
  let reported: { readonly leader: Participant | undefined } | undefined;
  for (;;) {
    try {
      reported = await watchUntil(
        zk,
        `another leader at ${path}`,
        async (watches) => {
          const leader = await readFirstWithWatch(zk, path, watches, { signal });
          const isChanged = reported === undefined || reported.leader?.path !== leader?.path;
          return isChanged ? { leader } : undefined;
        },
        { signal },
      );
    } catch (error) {
      if (signal?.aborted === true || isZkError(error, "CLOSED") || zk.state === "closed") return;
      throw error;
    }
    yield reported.leader;
  }
}
