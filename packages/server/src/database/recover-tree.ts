import type { Storage } from "../storage/storage.js";
import { DataTree } from "../tree/data-tree.js";
import { follows } from "../tree/zxid.js";
import { ZxidHistory } from "../zab/sync/zxid-history.js";

/** Result of recovery. */
export interface RecoveredTree {
  readonly tree: DataTree;
  /** Zxid of the snapshot, and those of the transactions replayed from the log. */
  readonly history: ZxidHistory;
  /** Number of transactions replayed from the log; they count towards the next snapshot. */
  readonly replayed: number;
  /** Number of digests on record that differed from the tree's (Apache's metric `digest_mismatches_count`). */
  readonly digestMismatches: number;
}

/**
 * Recovers the tree from storage. Writes the initial tree as the first snapshot of an empty storage, because recovery,
 * ours and Apache's, refuses a log without a snapshot. `hashSeed` is passed to the tree.
 */
export async function recoverTree(storage: Storage, hashSeed = 0): Promise<RecoveredTree> {
  const newTree = (): DataTree => new DataTree({ digest: storage.keepsDigest, hashSeed });
  let tree = newTree();
  let replayed = 0;
  let zxids: bigint[] = [];
  const { fresh, snapshotZxid, lastZxid, digestMismatches } = await storage.recover({
    reset: () => {
      tree = newTree();
      replayed = 0;
      zxids = [];
    },
    restoreSession: ({ id, timeoutMs }) => void tree.sessions.set(id, timeoutMs),
    restoreNode: (node) => tree.restore(node),
    apply(record) {
      tree.apply(record);
      replayed++;
      zxids.push(record.header.zxid);
    },
    get digest() {
      return tree.digest;
    },
  });
  tree.lastZxid = lastZxid;
  const dropped = tree.dropOrphanedEphemerals();
  tree.quotas.recount();
  // Transactions to come build on a tree without them; the next recovery must not meet them again in between.
  if (fresh || dropped > 0) await storage.snapshot(tree.snapshotSource());
  return { tree, replayed, digestMismatches, history: historyOf(snapshotZxid, zxids) };
}

/** Starts again after a hole: Apache's servers leave some where they begin an epoch with another counter, for tests. */
function historyOf(base: bigint, zxids: readonly bigint[]): ZxidHistory {
  let history = new ZxidHistory(base);
  for (const zxid of zxids) {
    if (follows(zxid, history.last)) history.append(zxid);
    else if (zxid > history.last) history = new ZxidHistory(zxid);
  }
  return history;
}
