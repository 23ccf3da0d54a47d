import type { Storage } from "./storage/storage.js";
import { DataTree } from "./tree/data-tree.js";

/** What recovery gave. */
export interface RecoveredTree {
  readonly tree: DataTree;
  /** How many transactions of the log it took: they count towards the next snapshot. */
  readonly replayed: number;
  /** How often the digest on record was not that of the tree (Apache's metric `digest_mismatches_count`). */
  readonly digestMismatches: number;
}

/**
 * The tree that storage has on record. A storage that has nothing is given the initial tree as its first snapshot, for
 * a log without a snapshot is refused by recovery, ours and Apache's. `hashSeed` is the tree's.
 */
export async function recoverTree(storage: Storage, hashSeed = 0): Promise<RecoveredTree> {
  const newTree = (): DataTree => new DataTree({ digest: storage.keepsDigest, hashSeed });
  let tree = newTree();
  let replayed = 0;
  const { fresh, lastZxid, digestMismatches } = await storage.recover({
    reset: () => {
      tree = newTree();
      replayed = 0;
    },
    restoreSession: ({ id, timeoutMs }) => void tree.sessions.set(id, timeoutMs),
    restoreNode: (node) => tree.restore(node),
    apply(record) {
      tree.apply(record);
      replayed++;
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
  return { tree, replayed, digestMismatches };
}
