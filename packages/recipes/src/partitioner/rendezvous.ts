/**
 * Returns the member that `key` belongs to: the one with the highest score for it (rendezvous hashing, Thaler and
 * Ravishankar 1998); `undefined` if there are no members. The result does not depend on the order of `members`; when a
 * member joins or leaves, only the keys that it gains or had move.
 */
export function memberFor(key: string, members: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestScore = -1;
  for (const member of members) {
    const memberScore = score(`${member}\0${key}`);
    const isBetter = best === undefined || memberScore > bestScore || (memberScore === bestScore && member < best);
    if (isBetter) [best, bestScore] = [member, memberScore];
  }
  return best;
}

/** FNV-1a of the UTF-8, then the finalizer of MurmurHash3, as the low bits alone publish similar texts apart badly. */
function score(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
