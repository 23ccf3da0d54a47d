import type { Leadership } from "@conclave/recipes";

/** `up`: the member takes new requests. `draining`: it answers the ones that it has, and is sent no more. */
export type MemberStatus = "up" | "draining";

/** A member of the cluster, by its own record. `JSON.stringify` writes it as the routes do, with `leads` for `leadsWith`. */
export interface ClusterMember {
  readonly id: string;
  /** URL at which other members and redirected clients reach it, without a slash at its end. */
  readonly url: string;
  readonly status: MemberStatus;
  /** Fencing token of the leadership that its record claims, larger for each later leader; `undefined` without a claim. */
  readonly leadsWith: bigint | undefined;
  /** Its option `metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * State of this process in its cluster.
 *
 * - `starting`: not registered yet.
 * - `ready`: registered, and its view is current.
 * - `degraded`: the connection or the session is lost, or the process is not registered again yet.
 * - `draining`: leaving.
 * - `closed`: left.
 */
export type ClusterStatus = "starting" | "ready" | "degraded" | "draining" | "closed";

/**
 * View of the cluster that this process has at this moment: members, leader and owners of keys, without a round trip. It is
 * live: two reads within one request may differ. While the connection is lost it stays as it was, and {@link status} is
 * `degraded`.
 */
export interface Cluster {
  readonly status: ClusterStatus;
  /** This process; `undefined` before it registers. */
  readonly self: ClusterMember | undefined;
  /** Members, oldest first; the same array until the view changes. A member that died is listed until its session ends. */
  readonly members: readonly ClusterMember[];
  /**
   * The member that leads by this view: the first in the election, once its own record says so, too. It may have lost the
   * leadership since: whether this process leads is {@link leadership}.
   */
  readonly leader: ClusterMember | undefined;
  /**
   * Returns the owner of a key among the members that are not draining: the one for which SHA-256 of `<member's id>/<key>` is the largest
   * (rendezvous hashing: when a member leaves, only its keys move; when one joins, only those that it takes). `undefined`
   * if there is no member.
   *
   * It is no lock: while a change travels, two members may both be the owner by their own views.
   */
  ownerOf(key: string): ClusterMember | undefined;
  /** Digest of the members and the leader: equal in every process that sees the same. */
  readonly version: string;
  /** Leadership of this process; `undefined` while it does not lead. Its `signal` aborts when it is lost. */
  readonly leadership: Leadership | undefined;
  /** Adds a listener for changes of the view or of {@link status}, called once for changes that come together. Returns a function that removes it. */
  onChange(listener: () => void): () => void;
}
