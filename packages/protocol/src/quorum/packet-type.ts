/**
 * Types of the packets between a leader and its learners, the followers and observers (server.quorum.Leader). A packet has data
 * where the last column names them; `epoch << 32` is the zxid with counter 0 of that epoch.
 *
 *     packet             from      zxid                     data
 *     FOLLOWERINFO       follower  acceptedEpoch << 32      {@link learnerInfo}
 *     OBSERVERINFO       observer  acceptedEpoch << 32      {@link learnerInfo}
 *     LEADERINFO         leader    newEpoch << 32           {@link leaderInfo}
 *     ACKEPOCH           learner   last logged              {@link epochAck}
 *     DIFF               leader    last of the difference
 *     TRUNC              leader    last to keep
 *     SNAP               leader    of the snapshot          none; the snapshot follows the packet
 *     NEWLEADER          leader    newEpoch << 32           {@link newLeader}
 *     UPTODATE           leader    -1
 *     PROPOSAL           leader    of the transaction       the transaction as in a log
 *     ACK                learner   of the packet
 *     COMMIT             leader    of the transaction
 *     COMMITANDACTIVATE  leader    of the reconfig          {@link commitAndActivate}
 *     INFORM             leader    of the transaction       the transaction; to observers only, proposal and commit in one
 *     INFORMANDACTIVATE  leader    of the reconfig          {@link informAndActivate}
 *     REQUEST            learner   -1                       {@link forwardedRequest}; authInfo has the client's identities
 *     SYNC               leader    0
 *     PING               leader    last proposed
 *     PING               learner   of the leader's PING     {@link sessionTouches}
 *     REVALIDATE         learner   -1                       {@link revalidation}
 *     REVALIDATE         leader    -1                       {@link revalidationReply}
 */
export const PacketType = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** Name of a packet's type, as logs show it. */
export type PacketTypeName = keyof typeof PacketType;

const names = new Map<number, PacketTypeName>(
  Object.entries(PacketType).map(([name, type]) => [type, name as PacketTypeName]),
);

/** Returns the name of a packet's type; `undefined` for an unknown type, which Apache's servers log and skip. */
export function packetTypeName(type: number): PacketTypeName | undefined {
  return names.get(type);
}
