import type { Leadership } from "@conclave/recipes";

/** Whether a member takes new work: one that drains answers what it has, and is asked for nothing more. */
export type MemberStatus = "up" | "draining";

/** A process that serves, as it says of itself. */
export interface ClusterMember {
  readonly id: string;
  /** Where the others, and clients that are redirected, reach it: no slash at its end. */
  readonly url: string;
  readonly status: MemberStatus;
  /** The token of the leadership that it says it has; larger for each later leader. `undefined`: it does not say so. */
  readonly leadsWith: bigint | undefined;
  /** What it was told to say besides. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * How this process stands to its cluster.
 *
 * - `starting`: not registered yet.
 * - `ready`: registered, and told of every change.
 * - `degraded`: registered once, and that is in doubt: the connection is lost, or the session was and is made anew.
 * - `draining`: about to go.
 * - `closed`: gone.
 */
export type ClusterStatus = "starting" | "ready" | "degraded" | "draining" | "closed";

/**
 * Who is here, who leads, and who owns what, as this process sees it at this moment: no round trip, and no copy of one
 * request's own, so that two looks may differ. While the connection is lost the view stays as it was, and {@link status}
 * says `degraded`.
 */
export interface Cluster {
  readonly status: ClusterStatus;
  /** This process; `undefined` before it registers. */
  readonly self: ClusterMember | undefined;
  /** Who is here, the oldest first; the same array until the view changes. One that died is here until its session ends. */
  readonly members: readonly ClusterMember[];
  /**
   * The member that leads by this view: the first in the election, once its own record says so, too. It may have lost the
   * leadership since: whether this process leads is {@link leadership}.
   */
  readonly leader: ClusterMember | undefined;
  /**
   * Who owns a key, of the members that do not drain: the one for which SHA-256 of `<member's id>/<key>` is the largest
   * (rendezvous hashing: when a member goes only its keys move, and when one comes only those that it takes). `undefined`
   * where nobody is here.
   *
   * It is an agreement about where to ask, and no lock: while a change travels, two members may both be owner by their views.
   */
  ownerOf(key: string): ClusterMember | undefined;
  /** The same text in every process that sees the same members: a digest of what they say. */
  readonly version: string;
  /** The leadership of this process while it has one: its `signal` and its `fencingToken` are for what the leader writes. */
  readonly leadership: Leadership | undefined;
  /** Adds a listener for changes of the view or of {@link status}, told once of those that come together; returns what takes it out again. */
  onChange(listener: () => void): () => void;
}
