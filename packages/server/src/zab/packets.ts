import type { TxnRecord } from "../tree/txn.js";

/*
 * Packets between a leader and its learners (org.apache.zookeeper.server.quorum.QuorumPacket), decoded. Requests of clients,
 * their sessions, and the content of a snapshot pass the machines by.
 */

/** Role in which a learner has connected: FOLLOWERINFO or OBSERVERINFO. */
export type LearnerRole = "follower" | "observer";

/** Packet that a leader sends to a learner. */
export type LeaderPacket =
  /** LEADERINFO: the epoch that the leader proposes. */
  | { readonly type: "leaderInfo"; readonly epoch: number }
  /** DIFF: the learner's history is the start of the leader's, which goes up to `zxid`. */
  | { readonly type: "diff"; readonly zxid: bigint }
  /** TRUNC: the learner has to remove all records after `zxid`. */
  | { readonly type: "trunc"; readonly zxid: bigint }
  /** SNAP: a snapshot of the tree at `zxid` follows. */
  | { readonly type: "snap"; readonly zxid: bigint }
  | { readonly type: "proposal"; readonly record: TxnRecord }
  | { readonly type: "commit"; readonly zxid: bigint }
  /** COMMITANDACTIVATE: commits a reconfiguration. */
  | { readonly type: "commitAndActivate"; readonly zxid: bigint; readonly designatedLeader: bigint }
  /** INFORM: a committed record, for observers. */
  | { readonly type: "inform"; readonly record: TxnRecord }
  /** INFORMANDACTIVATE: a committed reconfiguration, for observers. */
  | { readonly type: "informAndActivate"; readonly record: TxnRecord; readonly designatedLeader: bigint }
  /** NEWLEADER: the history of the leader is complete. `configuration` is the text of the last one that the leader has seen. */
  | { readonly type: "newLeader"; readonly zxid: bigint; readonly configuration: string | undefined }
  /** UPTODATE: the leader is established. */
  | { readonly type: "upToDate" }
  | { readonly type: "ping"; readonly zxid: bigint }
  /** SYNC: answer to the oldest sync request of the learner. */
  | { readonly type: "sync" }
  /** REVALIDATE: answer to a question about a session. */
  | { readonly type: "revalidate"; readonly sessionId: bigint; readonly isValid: boolean };

/** Packet that a learner sends to its leader. */
export type LearnerPacket =
  /** FOLLOWERINFO or OBSERVERINFO. */
  | {
      readonly type: "learnerInfo";
      readonly id: bigint;
      readonly role: LearnerRole;
      readonly acceptedEpoch: number;
      /** Version of the learner's active configuration. */
      readonly configurationVersion: bigint;
    }
  /**
   * ACKEPOCH. `currentEpoch` is undefined (-1 in the packet) if the learner had accepted the epoch before: it is no
   * acknowledgement then. `lastZxid` is -1 if the learner's history is lost.
   */
  | { readonly type: "ackEpoch"; readonly currentEpoch: number | undefined; readonly lastZxid: bigint }
  /** ACK of NEWLEADER and UPTODATE (counter 0), or of a proposal. */
  | { readonly type: "ack"; readonly zxid: bigint };
