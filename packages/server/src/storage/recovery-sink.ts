import type { TxnRecord } from "../tree/txn.js";
import type { SnapshotNode, SnapshotSession } from "./snapshot-source.js";

/**
 * Takes what recovery finds: `reset`, sessions, nodes, then transactions. `reset` may come again in the middle, when a
 * snapshot proves to be broken and an older one is tried. None of them may throw for what is read.
 */
export interface RecoverySink {
  /** Forget everything: a snapshot begins, or there is none and the tree is the initial one. */
  reset(): void;
  restoreSession(session: SnapshotSession): void;
  /** Parents come before their children. The node's objects belong to the sink. */
  restoreNode(node: SnapshotNode): void;
  /**
   * The next transaction. The snapshot may already show it, and later ones, in part: a create finds its node, or finds
   * no parent because that is deleted further on; a delete finds nothing. Such a transaction does what it still can
   * (the parent's cversion and pzxid never go down) and is no error.
   */
  apply(record: TxnRecord): void;
  /** The digest (version 2) of the tree as it is now; `undefined` where none is kept, and nothing is compared. */
  readonly digest?: bigint | undefined;
}
