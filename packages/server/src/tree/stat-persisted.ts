/** What is stored of a znode's Stat: the rest follows from its data and children (org.apache.zookeeper.data.StatPersisted). */
export interface StatPersisted {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** Counts the creates of children only; what a client sees is derived, see {@link Znode.stat}. */
  readonly cversion: number;
  readonly aversion: number;
  /** A session's id, or one of the marks in {@link isSessionOwner}. */
  readonly ephemeralOwner: bigint;
  readonly pzxid: bigint;
}
