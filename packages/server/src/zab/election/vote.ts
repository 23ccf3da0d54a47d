import type { Notification } from "@conclave/protocol";

/** Vote for a server, made in a round of the election. The numbers are signed and have 64 bits. */
export interface Vote {
  /** Id of the server voted for; {@link NO_VOTE} from a server that may not vote. */
  readonly leader: bigint;
  /** Last zxid of the server voted for; {@link EMPTY_UNTRUSTED} if its disk is empty and must not count. */
  readonly zxid: bigint;
  /** Round of the election. */
  readonly electionEpoch: bigint;
  /** Epoch of the server voted for; once its leadership is established, the new epoch. */
  readonly peerEpoch: bigint;
}

/** Leader, zxid and epoch in the vote of a server that may not vote: the smallest value of 64 bits. */
export const NO_VOTE = -0x8000_0000_0000_0000n;

/** Last zxid of a participant whose disk is empty although it is not trusted to be new (ZOOKEEPER-261). */
export const EMPTY_UNTRUSTED = -1n;

/** Vote, and the facts about its sender that matter when votes are compared. */
export type CastVote = Vote & Pick<Notification, "state" | "version">;

/**
 * Returns true if the first vote is for a better leader: a greater epoch, then a greater zxid, then a greater id. All three
 * are compared in this order, so the order is total and two votes never beat each other (ZOOKEEPER-1419).
 */
export function isBetter(a: Vote, b: Vote): boolean {
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  return a.leader > b.leader;
}

/**
 * Returns true if two votes support the same leadership (Vote.equals). Servers of an established ensemble may have decided in
 * different rounds and with different zxids, so these are compared only while one of the two is looking (ZOOKEEPER-1805).
 * Servers without a version do not update their epoch when the leader is established, so it is not compared with theirs
 * (ZOOKEEPER-1732).
 */
export function isSameVote(a: CastVote, b: CastVote): boolean {
  if (a.leader !== b.leader) return false;
  if (a.state === "looking" || b.state === "looking") {
    return a.zxid === b.zxid && a.electionEpoch === b.electionEpoch && a.peerEpoch === b.peerEpoch;
  }
  return a.version > 0 !== b.version > 0 || a.peerEpoch === b.peerEpoch;
}

/** Returns the ids of the servers with the same vote as `vote`. */
export function supportersOf(vote: CastVote, votes: ReadonlyMap<bigint, CastVote>): bigint[] {
  return [...votes].filter(([, cast]) => isSameVote(vote, cast)).map(([id]) => id);
}
