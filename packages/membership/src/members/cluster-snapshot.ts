import { createHash } from "node:crypto";
import type { Member, Participant } from "@conclave/recipes";
import { shownJson } from "@conclave/runtime";
import type { ClusterMember } from "./cluster.js";
import type { MemberRecord } from "./member-record.js";
import { rendezvous } from "./rendezvous.js";

/** JSON of a member in routes and event streams. */
export interface MemberJson {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly leads: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Members by one view of the group, the leader by the election, and the owners of keys that follow from them. Equal in every
 * process that sees the same.
 */
export class ClusterSnapshot {
  readonly members: readonly ClusterMember[];
  readonly leader: ClusterMember | undefined;
  /** The JSON of the members and the leader. */
  readonly json: string;
  readonly version: string;
  readonly #owners: readonly string[];

  /**
   * `elected` is the first in the election. The member that leads is the one whose record carries that candidacy's token in
   * that candidacy's session: a record alone, which any process may write, makes no member the leader.
   */
  constructor(members: readonly Member<MemberRecord>[], elected?: Participant) {
    this.members = Object.freeze(members.map(({ id, data }) => toClusterMember(id, data)));
    const leading = members.findIndex((member) => isElected(member, elected));
    this.leader = this.members[leading];
    this.json = shownJson({ leader: this.leader?.id ?? null, members: this.members });
    this.version = createHash("sha256").update(this.json).digest("base64url").slice(0, 16);
    this.#owners = this.members.filter(({ status }) => status === "up").map(({ id }) => id);
  }

  ownerOf(key: string): ClusterMember | undefined {
    const owner = rendezvous(this.#owners, key);
    return this.members.find(({ id }) => id === owner);
  }
}

export function toClusterMember(id: string, record: MemberRecord): ClusterMember {
  return new RecordedMember(id, record);
}

class RecordedMember implements ClusterMember {
  readonly id: string;
  readonly url: string;
  readonly status: ClusterMember["status"];
  readonly leadsWith: bigint | undefined;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(id: string, { url, status, leads, metadata }: MemberRecord) {
    this.id = id;
    this.url = url;
    this.status = status;
    this.leadsWith = leads === undefined ? undefined : BigInt(leads);
    this.metadata = metadata;
    Object.freeze(this);
  }

  toJSON(): MemberJson {
    const { id, url, status, leadsWith } = this;
    // Sorted, so that the JSON is equal in every process.
    const sorted = Object.entries(this.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
    return { id, url, status, leads: leadsWith?.toString() ?? null, metadata: Object.fromEntries(sorted) };
  }
}

function isElected({ id, sessionId, data }: Member<MemberRecord>, elected: Participant | undefined): boolean {
  if (elected === undefined || data.leads === undefined) return false;
  return id === elected.id && sessionId === elected.sessionId && BigInt(data.leads) === elected.fencingToken;
}
