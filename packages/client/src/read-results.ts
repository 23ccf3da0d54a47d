import type { Acl, Stat } from "@conclave/protocol";

/** Data and Stat of one moment. */
export interface DataAndStat {
  /** A copy of the caller's own; `null` where null was stored. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Children and Stat of one moment. */
export interface ChildrenAndStat {
  /** Names, not paths, in no order. */
  readonly children: string[];
  /** The parent's Stat. */
  readonly stat: Stat;
}

/** A znode's access control list and Stat, of one moment. */
export interface AclAndStat {
  readonly acl: Acl[];
  readonly stat: Stat;
}
