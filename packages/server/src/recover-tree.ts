import type { Storage } from "./storage/storage.js";
import { DataTree } from "./tree/data-tree.js";

/** What recovery gave. */
export interface RecoveredTree {
  readonly tree: DataTree;
  /** How many transactions of the log it took: they count towards the next snapshot. */
  readonly replayed: number;
}

/**
 * The tree that storage has on record. A storage that has nothing is given the initial tree as its first snapshot, for
 * a log without a snapshot is refused by recovery, ours and Apache's.
 */
export async function recoverTree(storage: Storage): Promise<RecoveredTree> {
  let tree = new DataTree();
  let replayed = 0;
  const { fresh, lastZxid } = await storage.recover({
    reset: () => {
      tree = new DataTree();
      replayed = 0;
    },
    restoreSession: ({ id, timeoutMs }) => void tree.sessions.set(id, timeoutMs),
    restoreNode: (node) => tree.restore(node),
    apply(record) {
      tree.apply(record);
      replayed++;
    },
  });
  tree.lastZxid = lastZxid;
  tree.dropOrphanedEphemerals();
  if (fresh) await storage.snapshot(tree.snapshotSource());
  return { tree, replayed };
}
