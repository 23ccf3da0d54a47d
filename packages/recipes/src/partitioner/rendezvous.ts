/**
 * Returns the member to which `key` is assigned: the one with the highest score for it (rendezvous hashing, Thaler and
 * Ravishankar 1998); `undefined` if there are no members. The result does not depend on the order of `members`; when a
 * member joins or leaves, only the keys that it gains or loses move.
 */
export function memberFor(key: string, members: readonly string[]): string | undefined {
  let best: ScoredMember | undefined;
  for (const member of members) {
    const next = { member, score: score(`${member}\0${key}`) };
    if (best === undefined || isBetter(next, best)) best = next;
  }
  return best?.member;
}

interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

function isBetter(a: ScoredMember, b: ScoredMember): boolean {
  return a.score > b.score || (a.score === b.score && a.member < b.member);
}

/**
 * Returns the FNV-1a hash of the UTF-8 bytes, mixed by the finalizer of MurmurHash3: FNV-1a alone distributes similar texts
 * badly.
 */
function score(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
