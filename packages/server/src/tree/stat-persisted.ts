/**
 * The stored part of a znode's stat; the rest follows from its data and children
 * (org.apache.zookeeper.data.StatPersisted).
 */
export interface StatPersisted {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** Counts only the creates of children; clients see a derived value, see {@link Znode.stat}. */
  readonly cversion: number;
  readonly aversion: number;
  /** A session's id, or one of the marks in {@link isSessionOwner}. */
  readonly ephemeralOwner: bigint;
  readonly pzxid: bigint;
}
