import { type Acl, Permission } from "@conclave/protocol";
import type { StatPersisted } from "./stat-persisted.js";

/* The znodes that every tree has from the beginning. */

export const ROOT = "/";
export const ZOOKEEPER = "/zookeeper";
export const QUOTA = "/zookeeper/quota";
export const CONFIG = "/zookeeper/config";

export const INITIAL_STAT: StatPersisted = {
  ...{ czxid: 0n, mzxid: 0n, pzxid: 0n, ctime: 0, mtime: 0 },
  ...{ version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n },
};

/** ACL of {@link CONFIG}. */
export const READ_ONLY_ACL: readonly Acl[] = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

/** Returns true for the paths of these znodes, which cannot be deleted; "" is the root as well. */
export function isSpecialPath(path: string): boolean {
  return path === ROOT || path === "" || path === ZOOKEEPER || path === QUOTA || path === CONFIG;
}
