import type { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { LeaderPhase } from "../zab/leader/leader-state.js";
import type { LearnerPhase } from "../zab/learner/learner-state.js";
import type { MemberStats } from "./member-stats.js";

/** Step of Zab, as Apache names it (QuorumPeer.ZabState). */
export type ZabState = "election" | "discovery" | "synchronization" | "broadcast";

/** State of a member of an ensemble, for monitors. */
export interface MemberStatus {
  readonly id: bigint;
  readonly configuration: EnsembleConfiguration;
  readonly peerState: "looking" | "leading" | "following" | "observing";
  readonly zabState: ZabState;
  /** Undefined while this server searches for one. */
  readonly leader: bigint | undefined;
  /** Undefined on other servers than the leader. */
  readonly leading: LeadingStatus | undefined;
  /** Observers that get transactions here; undefined unless this server leads, or follows and serves observers. */
  readonly observers: readonly ObserverStatus[] | undefined;
  /** Id of the server that this observer is connected to; undefined for others, and without a connection. */
  readonly learnerMaster: bigint | undefined;
  readonly stats: MemberStats;
}

/** An observer that is connected to this server. */
export interface ObserverStatus {
  readonly id: bigint;
  /** Address and port of its end of the connection. */
  readonly remote: string;
}

/** State of a leader. */
export interface LeadingStatus {
  /** Connected learners. */
  readonly learners: number;
  /** Followers that have the leader's history or are being sent it; those of them that have no vote. */
  readonly syncedFollowers: number;
  readonly syncedNonVotingFollowers: number;
  /** Sync requests that wait for their answer. */
  readonly pendingSyncs: number;
  /** Time since it began to serve, in milliseconds. */
  readonly uptimeMs: number;
}

const LEADER_STATES: { readonly [P in LeaderPhase]: ZabState } = {
  ...{ starting: "discovery", discovering: "discovery", acceptingEpoch: "discovery", collectingEpochAcks: "discovery" },
  ...{ storingEpoch: "discovery", synchronizing: "synchronization" },
  ...{ broadcasting: "broadcast", handingOver: "broadcast", resigned: "broadcast", ended: "election" },
};
const LEARNER_STATES: { readonly [P in LearnerPhase]: ZabState } = {
  ...{ connecting: "discovery", registering: "discovery", acceptingEpoch: "discovery" },
  ...{ awaitingSync: "synchronization", truncating: "synchronization", installing: "synchronization" },
  ...{ receiving: "synchronization", persisting: "synchronization", storingEpoch: "synchronization" },
  ...{ awaitingUpToDate: "synchronization", broadcasting: "broadcast", ended: "election" },
};

export function zabStateOfLeader(phase: LeaderPhase): ZabState {
  return LEADER_STATES[phase];
}

export function zabStateOfLearner(phase: LearnerPhase): ZabState {
  return LEARNER_STATES[phase];
}
