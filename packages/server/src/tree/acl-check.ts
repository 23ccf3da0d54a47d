import { type Acl, ErrorCode, type Id } from "@conclave/protocol";

/** Whether one of `ids` (what a connection has proved to be) may do what `permission` says. */
export function isAllowed(acl: readonly Acl[], permission: number, ids: readonly Id[]): boolean {
  if (acl.length === 0) return true;
  for (const entry of acl) {
    if ((entry.permissions & permission) === 0) continue;
    const { scheme, id } = entry.id;
    if (scheme === "world" && id === "anyone") return true;
    if (ids.some((proved) => proved.scheme === scheme && proved.id === id)) return true;
  }
  return ids.some((proved) => proved.scheme === "super");
}

/**
 * The ACL to store for one that a client sent: duplicates removed. `INVALID_ACL` for an empty one and for a scheme
 * that this server does not know: it knows `world`.
 */
export function normalizeAcl(acl: readonly Acl[]): readonly Acl[] | typeof ErrorCode.INVALID_ACL {
  if (acl.length === 0) return ErrorCode.INVALID_ACL;
  const unique: Acl[] = [];
  for (const entry of acl) {
    if (entry.id.scheme !== "world" || entry.id.id !== "anyone") return ErrorCode.INVALID_ACL;
    if (!unique.some((other) => other.permissions === entry.permissions)) unique.push(entry);
  }
  return unique;
}
