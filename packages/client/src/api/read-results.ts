import type { Acl, Stat } from "@conclave/protocol";

/** Data and Stat of a znode, read at the same moment. */
export interface DataAndStat {
  /** Copy of the data that the caller owns; `null` if null was stored. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Children and Stat of a znode, read at the same moment. */
export interface ChildrenAndStat {
  /** Names, not paths, in no particular order. */
  readonly children: string[];
  /** Stat of the parent. */
  readonly stat: Stat;
}

/** Access control list and Stat of a znode, read at the same moment. */
export interface AclAndStat {
  readonly acl: Acl[];
  readonly stat: Stat;
}
