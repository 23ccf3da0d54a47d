import type { Acl } from "@conclave/protocol";
import type { StatPersisted } from "../tree/stat-persisted.js";
import type { EncodedTreeNode } from "../tree/tree-node.js";

/** A session as a snapshot holds it. */
export interface SnapshotSession {
  readonly id: bigint;
  readonly timeoutMs: number;
}

/** A znode as a snapshot holds it. */
export interface SnapshotNode {
  /** The root's is the empty string. */
  readonly path: string;
  readonly data: Uint8Array | null;
  /** `null` means `OPEN_ACL_UNSAFE`, without an entry in the snapshot's table of ACLs. */
  readonly acl: readonly Acl[] | null;
  readonly stat: StatPersisted;
  /** The same as bytes, where they are at hand: they are written instead. Asked before the next node is. */
  readonly encoded?: EncodedTreeNode | undefined;
}

/** The tree's digest at a transaction (`org.apache.zookeeper.server.DataTree.ZxidDigest`). */
export interface SnapshotDigest {
  readonly zxid: bigint;
  readonly version: number;
  readonly digest: bigint;
}

/**
 * Source of a snapshot, read in the order of these members. A large tree takes many turns of the event loop, and
 * transactions may be applied in between: a node that is reached late may show a later state than one reached early.
 * ZooKeeper's own snapshots have the same property ("fuzzy"); recovery replays every transaction after {@link lastZxid}
 * on top.
 */
export interface SnapshotSource {
  /** The last transaction that was applied when the snapshot began. Names the file. */
  readonly lastZxid: bigint;
  readonly sessions: Iterable<SnapshotSession>;
  /**
   * The ACLs that the nodes have when the snapshot begins, in any order; repetitions cost a lookup each. Read in one
   * turn. A list that a later transaction brings need not be among them.
   */
  readonly acls: Iterable<readonly Acl[]>;
  /**
   * Parents before children, the root first; read as the file grows, each before the next is asked for. A node that
   * vanishes meanwhile may be left out.
   */
  readonly nodes: Iterable<SnapshotNode>;
  /** Called when all nodes are written: the digest of the tree at that moment. */
  digest?(): SnapshotDigest;
}
