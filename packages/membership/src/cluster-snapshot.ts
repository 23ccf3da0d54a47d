import { createHash } from "node:crypto";
import type { Member } from "@conclave/recipes";
import type { ClusterMember } from "./cluster.js";
import type { MemberRecord } from "./member-record.js";
import { rendezvous } from "./rendezvous.js";

/** A member's JSON, as routes and streams tell it. */
export interface MemberJson {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly leads: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What one view of the group says, with what follows from it. Equal in every process whose view holds the same. */
export class ClusterSnapshot {
  readonly members: readonly ClusterMember[];
  readonly leader: ClusterMember | undefined;
  /** The JSON of the members and the leader. */
  readonly json: string;
  readonly version: string;
  readonly #owners: readonly string[];

  constructor(members: readonly Member<MemberRecord>[]) {
    this.members = Object.freeze(members.map(({ id, data }) => toClusterMember(id, data)));
    this.leader = this.members.reduce<ClusterMember | undefined>(laterLeader, undefined);
    this.json = JSON.stringify({ leader: this.leader?.id ?? null, members: this.members.map(toJson) });
    this.version = createHash("sha256").update(this.json).digest("base64url").slice(0, 16);
    this.#owners = this.members.filter(({ status }) => status === "up").map(({ id }) => id);
  }

  ownerOf(key: string): ClusterMember | undefined {
    const owner = rendezvous(this.#owners, key);
    return this.members.find(({ id }) => id === owner);
  }
}

export function toClusterMember(id: string, { url, status, leads, metadata }: MemberRecord): ClusterMember {
  return Object.freeze({ id, url, status, leadsWith: leads === undefined ? undefined : BigInt(leads), metadata });
}

function toJson({ id, url, status, leadsWith, metadata }: ClusterMember): MemberJson {
  // In one order, whatever the order in which a member wrote them.
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return { id, url, status, leads: leadsWith?.toString() ?? null, metadata: Object.fromEntries(sorted) };
}

function laterLeader(best: ClusterMember | undefined, next: ClusterMember): ClusterMember | undefined {
  if (next.leadsWith === undefined) return best;
  return best?.leadsWith !== undefined && best.leadsWith > next.leadsWith ? best : next;
}
