import type { Check } from "../scenario.js";

/** A view of the cluster that all its processes had at the same time. */
export interface AgreedView {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly members: readonly string[];
  readonly leader: string | null;
  /** Owning member by key. */
  readonly owners: Readonly<Record<string, string | null>>;
}

/** Record of a run of the cluster. */
export interface ClusterRun {
  /** Before the kill, after it, and after the fail-over of the ensemble, if there was one. */
  readonly views: readonly AgreedView[];
  readonly killed: { readonly id: string; readonly at: number } | undefined;
  /** Time within which the remaining members must agree on a new leader. */
  readonly limitMs: number;
}

/** Checks a run of the cluster. Pure. */
export function verdict(run: ClusterRun): Check[] {
  return [membersAgree(run), everyKeyHasOneOwner(run)];
}

/** The remaining members removed the killed one in time and agreed on another leader. */
function membersAgree({ views: [before, after], killed, limitMs }: ClusterRun): Check {
  const name = "members agree";
  if (before === undefined || after === undefined || killed === undefined) {
    return { name, holds: false, because: "the members never agreed" };
  }
  const tookMs = after.at - killed.at;
  const isReplaced = !after.members.includes(killed.id) && after.leader !== null && after.leader !== killed.id;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const because = `${after.members.length} of ${before.members.length} agreed ${seconds(tookMs)} after ${killed.id} was killed (allowed: ${seconds(limitMs)})`;
  return { name, holds: isReplaced && tookMs <= limitMs, because };
}

/** In each view each key is owned by a member, and only keys of the killed member change their owner. */
function everyKeyHasOneOwner({ views, killed }: ClusterRun): Check {
  const name = "one owner per key";
  let moved = 0;
  for (const [at, { owners, members }] of views.entries()) {
    const previous = views[at - 1];
    for (const [key, owner] of Object.entries(owners)) {
      if (owner === null || !members.includes(owner)) {
        return { name, holds: false, because: `no member owns ${key}` };
      }
      const former = previous?.owners[key];
      if (former === undefined || former === owner) continue;
      if (former !== killed?.id) {
        return { name, holds: false, because: `${key} moved from ${former}, a live member, to ${owner}` };
      }
      moved++;
    }
  }
  const keys = Object.keys(views[0]?.owners ?? {}).length;
  const because = `${keys} keys; ${moved} moved from the killed member to others, and no other key moved`;
  return { name, holds: keys > 0, because };
}
