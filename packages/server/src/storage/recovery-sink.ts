import type { TxnRecord } from "../tree/txn.js";
import type { SnapshotNode, SnapshotSession } from "./snapshot-source.js";

/**
 * Receives the recovered state: `reset`, sessions, nodes, then transactions. `reset` may be called again after some of
 * them, if a snapshot is damaged and an older one is tried. No method may throw for valid input.
 */
export interface RecoverySink {
  /** Forget everything: a snapshot begins, or there is none and the tree is the initial one. */
  reset(): void;
  restoreSession(session: SnapshotSession): void;
  /** Parents come before their children. The node's objects belong to the sink. */
  restoreNode(node: SnapshotNode): void;
  /**
   * Receives the next transaction. The snapshot may contain it, and later ones, in part: a create finds its node, or
   * finds no parent because a later transaction deletes that; a delete finds nothing. Such a transaction does the part
   * that is still possible (the parent's cversion and pzxid never decrease) and is no error.
   */
  apply(record: TxnRecord): void;
  /** The digest (version 2) of the tree as it is now; `undefined` where none is kept, and nothing is compared. */
  readonly digest?: bigint | undefined;
}
