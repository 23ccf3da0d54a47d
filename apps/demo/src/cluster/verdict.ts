import type { Check } from "../check.js";

/** What all processes of the cluster said alike. */
export interface Sighting {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly members: readonly string[];
  readonly leader: string | null;
  /** Who owns which key. */
  readonly owners: Readonly<Record<string, string | null>>;
}

/** What is known of the play of the cluster when it is over. */
export interface ClusterFacts {
  /** Before the kill, after it, and, where the ensemble was restarted, after that. */
  readonly sightings: readonly Sighting[];
  readonly killed: { readonly id: string; readonly at: number } | undefined;
  readonly sessionTimeoutMs: number;
}

/** Time for all processes to hear of the death, on a machine that is busy, beyond the time in which the ensemble notices it. */
const SLACK_MS = 5_000;

/** Judges the play of the cluster from its facts alone. */
export function verdict(facts: ClusterFacts): Check[] {
  return [membersAgree(facts), everyKeyHasOneOwner(facts)];
}

/** All saw the death, within the session timeout and a moment, and followed another leader. */
function membersAgree({ sightings: [before, after], killed, sessionTimeoutMs }: ClusterFacts): Check {
  const name = "members agree";
  if (before === undefined || after === undefined || killed === undefined) {
    return { name, holds: false, because: "they never said the same" };
  }
  const tookMs = after.at - killed.at;
  const limitMs = sessionTimeoutMs + SLACK_MS;
  const isGone = !after.members.includes(killed.id) && after.leader !== null && after.leader !== killed.id;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const because = `${after.members.length} of ${before.members.length} said so ${seconds(tookMs)} after ${killed.id} was killed (allowed: ${seconds(limitMs)})`;
  return { name, holds: isGone && tookMs <= limitMs, because };
}

/** In each sighting each key has an owner who is a member; who owned a key and lived on kept it. */
function everyKeyHasOneOwner({ sightings, killed }: ClusterFacts): Check {
  const name = "one owner per key";
  let moved = 0;
  for (const [at, { owners, members }] of sightings.entries()) {
    const previous = sightings[at - 1];
    for (const [key, owner] of Object.entries(owners)) {
      if (owner === null || !members.includes(owner)) return { name, holds: false, because: `nobody here owns ${key}` };
      const former = previous?.owners[key];
      if (former === undefined || former === owner) continue;
      if (former !== killed?.id)
        return { name, holds: false, because: `${key} went from ${former}, who lives, to ${owner}` };
      moved++;
    }
  }
  const keys = Object.keys(sightings[0]?.owners ?? {}).length;
  return {
    name,
    holds: keys > 0,
    because: `${keys} keys; the ${moved} of the dead went to others, and no other key moved`,
  };
}
