import type { Cluster } from "@conclave/membership";

/** JSON of `GET /view`. */
export interface View {
  readonly self: string | null;
  readonly leader: string | null;
  readonly members: readonly string[];
  /** Owner of the key `k`. */
  readonly owner: string | null;
  readonly version: string;
  /** The fencing token of the process' own leadership. */
  readonly token: string | null;
}

/** Returns the view that a handler has of its cluster, for `GET /view`. */
export function tellView(cluster: Cluster): View {
  const { self, leader, members, version, leadership } = cluster;
  return {
    self: self?.id ?? null,
    leader: leader?.id ?? null,
    members: members.map(({ id }) => id),
    owner: cluster.ownerOf("k")?.id ?? null,
    version,
    token: leadership?.fencingToken.toString() ?? null,
  };
}
