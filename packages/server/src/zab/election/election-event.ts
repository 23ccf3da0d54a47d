import { type Notification, type PeerState } from "@conclave/protocol";
import type { ConfigurationError } from "../configuration/configuration-error.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { Role } from "../configuration/member.js";
import type { QuorumSet } from "../configuration/quorum-set.js";
import type { Vote } from "./vote.js";

/** Settings of an {@link Election}. */
export interface ElectionOptions {
  /** Id of this server. */
  readonly id: bigint;
  /** Configurations at the start. */
  readonly quorums: QuorumSet;
  /**
   * Role of this server while the active configuration does not list it. It cannot vote then.
   * @default "participant"
   */
  readonly role?: Role | undefined;
  /**
   * True if a newer configuration in a notification is adopted while this server is looking for a leader.
   * @default false
   */
  readonly isReconfigEnabled?: boolean | undefined;
  /**
   * Time in ms to wait for better votes after a quorum has agreed, if there are voters that could still have one.
   * @default 200
   */
  readonly finalizeWaitMs?: number | undefined;
  /**
   * Time in ms without a notification after which the vote is sent again. It doubles each time.
   * @default 200
   */
  readonly minNotificationIntervalMs?: number | undefined;
  /**
   * Longest time in ms without a notification after which the vote is sent again.
   * @default 60000
   */
  readonly maxNotificationIntervalMs?: number | undefined;
}

/**
 * Event of an election.
 *
 * - `start`: the search for a leader begins, with the last zxid and the current epoch on disk. The zxid is -1 if the disk is
 *   empty and must not count ({@link EMPTY_UNTRUSTED}).
 * - `notification`: a message of another server arrived.
 * - `timer`: the time of a `setTimer` has passed. `delivered` is true if at least one other server has taken all messages that
 *   were sent to it.
 * - `unreachable`: no process listens on the election port of this server, so it cannot have a better vote now. It is forgotten when
 *   a notification of the server arrives, and at the next `start`.
 * - `established`: the leader, which may be this server, has begun a new epoch.
 * - `designated`: a reconfiguration has ended the role and named the next leader, so no election is needed (Apache's
 *   QuorumPeer.updateVote). `zxid` is that of the reconfiguration. `configured` comes before it.
 * - `configured`: configurations were proposed or committed.
 * - `stop`: the role that was decided has ended, or this server stops. Nothing is answered until the next `start`.
 */
export type ElectionEvent =
  | { readonly type: "start"; readonly zxid: bigint; readonly epoch: number }
  | { readonly type: "notification"; readonly from: bigint; readonly notification: Notification }
  | { readonly type: "timer"; readonly name: "resend"; readonly delivered: boolean }
  | { readonly type: "timer"; readonly name: "finalize" }
  | { readonly type: "unreachable"; readonly server: bigint }
  | { readonly type: "established"; readonly epoch: number }
  | { readonly type: "designated"; readonly leader: bigint; readonly zxid: bigint }
  | { readonly type: "configured"; readonly quorums: QuorumSet }
  | { readonly type: "stop" };

/**
 * Effect that the shell executes.
 *
 * - `send`: send a notification to another server. It replaces one that was not sent yet. A new connection begins with the last
 *   notification that was sent to this server.
 * - `connectAll`: connect to the servers to which no connection exists.
 * - `setTimer`: start the timer of this name, or start it again. `cancelTimer`: stop it. One timer runs at most.
 * - `decided`: take the role; `vote.leader` is the leader.
 * - `adoptConfiguration`: store this configuration as the active one.
 * - `configurationRefused`: log that a notification had an invalid configuration. Its vote counts nevertheless.
 */
export type ElectionEffect =
  | { readonly type: "send"; readonly to: bigint; readonly notification: Notification }
  | { readonly type: "connectAll" }
  | { readonly type: "setTimer"; readonly name: ElectionTimer; readonly ms: number }
  | { readonly type: "cancelTimer"; readonly name: ElectionTimer }
  | { readonly type: "decided"; readonly state: DecidedState; readonly vote: Vote }
  | { readonly type: "adoptConfiguration"; readonly configuration: EnsembleConfiguration }
  | { readonly type: "configurationRefused"; readonly from: bigint; readonly error: ConfigurationError };

export type ElectionTimer = "resend" | "finalize";

export type DecidedState = Exclude<PeerState, "looking">;

/** `idle`: not started. `finalizing`: a quorum has agreed, and better votes are waited for. Servers see it as `looking`. */
export type ElectionState = "idle" | "finalizing" | PeerState;
