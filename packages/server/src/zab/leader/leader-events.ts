import type { TxnRecord } from "../../tree/txn.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { LeaderPacket, LearnerPacket } from "../packets.js";
import type { SyncPlan } from "../sync/sync-plan.js";

/** Number of a connection to a learner. A number is never used for a second connection. */
export type LearnerNumber = number;

/**
 * Input of a {@link Leader}. An event that reports the end of a disk operation comes once for each effect that asked for it,
 * in the order of these effects. Times are monotonic, in milliseconds.
 */
export type LeaderEvent =
  /** This server was elected. The first event. */
  | { readonly type: "start"; readonly now: number }
  | { readonly type: "packet"; readonly learner: LearnerNumber; readonly packet: LearnerPacket }
  /** The learner has answered the oldest PING that it has not answered. */
  | { readonly type: "pong"; readonly learner: LearnerNumber }
  /** The learner has sent something that the leader need not see, such as a request of a client. */
  | { readonly type: "heard"; readonly learner: LearnerNumber }
  /** The learner has forwarded a sync request. */
  | { readonly type: "syncRequested"; readonly learner: LearnerNumber }
  /** A client of this server asks for a sync. */
  | { readonly type: "localSync" }
  /** The connection to the learner has ended. */
  | { readonly type: "gone"; readonly learner: LearnerNumber }
  | { readonly type: "acceptedEpochStored" }
  | { readonly type: "seenConfigurationStored" }
  | { readonly type: "currentEpochStored" }
  /** All records up to `zxid` are durable on this server. */
  | { readonly type: "durable"; readonly zxid: bigint }
  /** A record with the next zxid. The version of a new configuration is the zxid of its record. */
  | { readonly type: "propose"; readonly record: TxnRecord }
  /** All records up to `zxid` are in this server's tree. */
  | { readonly type: "applied"; readonly zxid: bigint }
  /** Records up to `base` cannot be read from the log any more. */
  | { readonly type: "trimmed"; readonly base: bigint }
  /** Comes twice in each tick. */
  | { readonly type: "tick"; readonly now: number }
  /** This server's process did not run for this time, before a tick. It does not count against the others. */
  | { readonly type: "stalled"; readonly ms: number }
  /** Give up the leadership as soon as all proposals are committed. */
  | { readonly type: "handOver" }
  /** A disk operation has failed. The content of the disk is unknown. */
  | { readonly type: "storageFailed"; readonly cause: string };

/**
 * Reason for the end of a leader.
 *
 * - `no-quorum`: no quorum has connected, promised the epoch, or taken the history within `initLimitMs`.
 * - `quorum-lost`: no quorum was heard of within `syncLimitMs`.
 * - `behind`: a voter has a history that is ahead of this server's. It has to lead.
 * - `outdated-epoch`: a member has accepted a later epoch, so it cannot follow this leader. The next election leads to one above it.
 * - `epochs-exhausted`: there is no epoch after the accepted ones. The epoch files are wrong, or a server was.
 * - `counter-exhausted`: the epoch has no more zxids. A new election starts the next epoch (ZOOKEEPER-1277).
 * - `handed-over`: {@link LeaderEvent} `handOver` was asked for, and nothing is outstanding.
 * - `reconfigured`: this server does not lead the new configuration.
 * - `invalid-proposal`: the proposed record has the wrong zxid, or it is an invalid reconfiguration. A defect of this server.
 * - `storage-failed`: what is in memory may differ from the disk. Read the database from the disk again before anything else.
 */
export type LeaderEnd =
  | "no-quorum"
  | "quorum-lost"
  | "behind"
  | "outdated-epoch"
  | "epochs-exhausted"
  | "counter-exhausted"
  | "handed-over"
  | "reconfigured"
  | "invalid-proposal"
  | "storage-failed";

/** Effect that the shell executes, in the order given. */
export type LeaderEffect =
  | { readonly type: "send"; readonly learners: readonly LearnerNumber[]; readonly packet: LeaderPacket }
  /**
   * Put DIFF, TRUNC or SNAP and the records of the plan into the learner's queue, each as PROPOSAL and COMMIT; what is sent
   * later comes after it. If the records cannot be read any more, use a snapshot of the tree at `to` or later instead.
   */
  | { readonly type: "sync"; readonly learner: LearnerNumber; readonly plan: SyncPlan }
  /** Close the connection. The learner is forgotten; no `gone` is needed. */
  | { readonly type: "disconnect"; readonly learner: LearnerNumber; readonly message: string }
  /** Store the epoch durably, then report `acceptedEpochStored`. */
  | { readonly type: "storeAcceptedEpoch"; readonly epoch: number }
  /** Store the configuration as the last one seen, durably, then report `seenConfigurationStored`. */
  | { readonly type: "storeSeenConfiguration"; readonly configuration: EnsembleConfiguration }
  /** Store the epoch durably, then report `currentEpochStored`. */
  | { readonly type: "storeCurrentEpoch"; readonly epoch: number }
  /** Add the record to the log and to the commit queue. */
  | { readonly type: "append"; readonly record: TxnRecord }
  /**
   * Make the log durable, even if nothing was appended: records that a former process wrote may not be on disk yet. Then
   * report `durable` with this zxid.
   */
  | { readonly type: "flush"; readonly zxid: bigint }
  /** All records up to `zxid` are committed: apply each as soon as it is durable. */
  | { readonly type: "commit"; readonly zxid: bigint }
  /** Answer the oldest `localSync` as soon as everything that is committed now is applied. */
  | { readonly type: "localSynced" }
  /** Make the configuration the active one. If `designatedLeader` is another server, vote for that one. */
  | {
      readonly type: "activateConfiguration";
      readonly configuration: EnsembleConfiguration;
      readonly designatedLeader: bigint;
    }
  /** Serve clients as the leader of this epoch, and give the epoch to the election, for servers that ask. */
  | { readonly type: "serve"; readonly epoch: number }
  /** Send what is queued, close all connections, stop serving, and give up the log. The leader has no effects from now on. */
  | { readonly type: "end"; readonly reason: LeaderEnd; readonly message: string };
