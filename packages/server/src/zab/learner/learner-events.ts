import type { TxnRecord } from "../../tree/txn.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { LeaderPacket, LearnerPacket } from "../packets.js";

/**
 * Input of a {@link Learner}. An event that reports the end of a disk operation comes once for each effect that asked for it,
 * in the order of these effects.
 */
export type LearnerEvent =
  /** The connection to the leader is open. */
  | { readonly type: "connected" }
  | { readonly type: "packet"; readonly packet: LeaderPacket }
  | { readonly type: "acceptedEpochStored" }
  | { readonly type: "seenConfigurationStored" }
  /** `truncate` has ended; `lastZxid` is the zxid of the last record now. If it was impossible, nothing has changed on disk. */
  | { readonly type: "truncated"; readonly lastZxid: bigint }
  /** The snapshot has replaced everything, durably. */
  | { readonly type: "snapshotInstalled"; readonly zxid: bigint }
  /** All records up to `zxid` are durable. */
  | { readonly type: "durable"; readonly zxid: bigint }
  | { readonly type: "currentEpochStored" }
  /** Nothing came from the leader for the time that `setReadTimeout` has set. */
  | { readonly type: "readTimedOut" }
  | { readonly type: "disconnected"; readonly cause: string }
  /** A disk operation has failed. The content of the disk is unknown. */
  | { readonly type: "storageFailed"; readonly cause: string };

/**
 * Reason for the end of a learner.
 *
 * - `connection-lost`, `leader-silent`: the leader may have failed.
 * - `stale-leader`: this server has promised to follow a later epoch only.
 * - `protocol-error`: a packet that no correct leader sends at that point.
 * - `history-gap`: records are missing between those of the leader and this server's.
 * - `truncation-refused`: this server's log cannot be cut where the leader asks for. Connect to the leader again with the
 *   same last zxid; if the reason is the same again, with the last zxid -1, which makes every leader send a snapshot.
 * - `reconfigured`: the new configuration has another leader, or another role for this server.
 * - `storage-failed`: what is in memory may differ from the disk. Read the database from the disk again before anything else.
 */
export type LearnerEnd =
  | "connection-lost"
  | "leader-silent"
  | "stale-leader"
  | "protocol-error"
  | "history-gap"
  | "truncation-refused"
  | "reconfigured"
  | "storage-failed";

/** Effect that the shell executes, in the order given. */
export type LearnerEffect =
  | { readonly type: "send"; readonly packet: LearnerPacket }
  /** Store the epoch durably, then report `acceptedEpochStored`. */
  | { readonly type: "storeAcceptedEpoch"; readonly epoch: number }
  /** Store the configuration as the last one seen, durably, then report `seenConfigurationStored`. */
  | { readonly type: "storeSeenConfiguration"; readonly configuration: EnsembleConfiguration }
  /** Store the epoch durably, then report `currentEpochStored`. */
  | { readonly type: "storeCurrentEpoch"; readonly epoch: number }
  /**
   * Remove all records after `zxid` durably, read the database from the disk again, then report `truncated`. If `zxid` is not
   * on record, remove nothing.
   */
  | { readonly type: "truncate"; readonly zxid: bigint }
  /** Replace everything by the snapshot that follows on the connection, durably, then report `snapshotInstalled`. */
  | { readonly type: "installSnapshot"; readonly zxid: bigint }
  /** Add the record to the log and to the commit queue. */
  | { readonly type: "append"; readonly record: TxnRecord }
  /**
   * Make the log durable, even if nothing was appended: records that a former process wrote may not be on disk yet. Then
   * report `durable` with this zxid.
   */
  | { readonly type: "flush"; readonly zxid: bigint }
  /**
   * All records up to `zxid` are committed: apply each as soon as it is durable. `designatedLeader` is set if the last one is a
   * reconfiguration.
   */
  | { readonly type: "commit"; readonly zxid: bigint; readonly designatedLeader?: bigint }
  /** Make the configuration the active one; `designatedLeader` is the server to vote for, if the old leader has named one. */
  | {
      readonly type: "activateConfiguration";
      readonly configuration: EnsembleConfiguration;
      readonly designatedLeader: bigint | undefined;
    }
  /** Serve clients as a member of this epoch, and give the epoch to the election, for servers that ask. */
  | { readonly type: "serve"; readonly epoch: number }
  /** Answer a PING with this zxid and the sessions that were touched. */
  | { readonly type: "answerPing"; readonly zxid: bigint }
  /** Give the answer to the part that asked. */
  | { readonly type: "deliver"; readonly packet: Extract<LeaderPacket, { type: "sync" | "revalidate" }> }
  /** End the connection with `readTimedOut` when nothing has come from the leader for this time. */
  | { readonly type: "setReadTimeout"; readonly ms: number }
  /** Close the connection, stop serving, and give up the log. The learner has no effects from now on. */
  | { readonly type: "end"; readonly reason: LearnerEnd; readonly message: string };
