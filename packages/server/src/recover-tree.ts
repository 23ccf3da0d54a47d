import type { Storage } from "./storage/storage.js";
import { DataTree } from "./tree/data-tree.js";

/**
 * The tree that storage has on record. A storage that has nothing is given the initial tree as its first snapshot, for
 * a log without a snapshot is refused by recovery, ours and Apache's.
 */
export async function recoverTree(storage: Storage): Promise<DataTree> {
  let tree = new DataTree();
  const { fresh, lastZxid } = await storage.recover({
    reset: () => {
      tree = new DataTree();
    },
    restoreSession: ({ id, timeoutMs }) => void tree.sessions.set(id, timeoutMs),
    restoreNode: (node) => tree.restore(node),
    apply: (record) => void tree.apply(record),
  });
  tree.lastZxid = lastZxid;
  tree.dropOrphanedEphemerals();
  if (fresh) await storage.snapshot(tree.snapshotSource());
  return tree;
}
