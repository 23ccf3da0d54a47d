import type { Member } from "@conclave/recipes";

/** Who is in a group, and what that changes. */
export interface MembershipChange<T = unknown> {
  /** Everybody who is here now, the oldest member first. */
  readonly members: readonly Member<T>[];
  /** Who has come since the last call: at the first, everybody. */
  readonly joined: readonly Member<T>[];
  /** Who has gone since the last call. One that left and came back is among both. */
  readonly left: readonly Member<T>[];
}

/** What lies between two looks at a group. A member is the same as before if its znode is. */
export function membershipChange<T>(before: readonly Member<T>[], members: readonly Member<T>[]): MembershipChange<T> {
  const missingIn = (others: readonly Member<T>[]) => {
    const known = new Set(others.map(({ czxid }) => czxid));
    return ({ czxid }: Member<T>): boolean => !known.has(czxid);
  };
  return { members, joined: members.filter(missingIn(before)), left: before.filter(missingIn(members)) };
}
