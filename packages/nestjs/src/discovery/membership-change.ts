import type { Member } from "@conclave/recipes";

/** Members of a group, and the difference from the last call. */
export interface MembershipChange<T = unknown> {
  /** Present members, the oldest first. */
  readonly members: readonly Member<T>[];
  /** Members that joined since the last call; in the first call, all of them. */
  readonly joined: readonly Member<T>[];
  /** Members that left since the last call. One that left and joined again is in both lists. */
  readonly left: readonly Member<T>[];
}

/** Returns the change between two lists of members. A member is the same if its znode is. */
export function membershipChange<T>(before: readonly Member<T>[], members: readonly Member<T>[]): MembershipChange<T> {
  const missingIn = (others: readonly Member<T>[]) => {
    const known = new Set(others.map(({ czxid }) => czxid));
    return ({ czxid }: Member<T>): boolean => !known.has(czxid);
  };
  return { members, joined: members.filter(missingIn(before)), left: before.filter(missingIn(members)) };
}
