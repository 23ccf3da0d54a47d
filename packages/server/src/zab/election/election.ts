/*
 * Fast leader election, as Apache ZooKeeper's FastLeaderElection and Vote. Pure: SPEC.md lists the states and events; the shell
 * executes the effects in the order given here.
 */

import { NOTIFICATION_VERSION, type Notification, type PeerState } from "@conclave/protocol";
import { ConfigurationError } from "../configuration/configuration-error.js";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { Role } from "../configuration/member.js";
import type { QuorumSet } from "../configuration/quorum-set.js";
import type {
  DecidedState,
  ElectionEffect,
  ElectionEvent,
  ElectionOptions,
  ElectionState,
  ElectionTimer,
} from "./election-event.js";
import { type CastVote, EMPTY_UNTRUSTED, isBetter, isSameVote, NO_VOTE, supportersOf, type Vote } from "./vote.js";

/** Epoch in the vote for a designated leader until it is established. */
const UNKNOWN_EPOCH = -1n;

/**
 * Election of a leader, as one server sees it. It outlives one search: after a decision it answers servers that are still looking,
 * and `start` begins the next round.
 */
export class Election {
  readonly #id: bigint;
  readonly #roleByDefault: Role | undefined;
  readonly #isReconfigEnabled: boolean;
  readonly #finalizeWaitMs: number;
  readonly #minIntervalMs: number;
  readonly #maxIntervalMs: number;
  #effects: ElectionEffect[] = [];
  #state: ElectionState = "idle";
  #quorums: QuorumSet;
  /** Text of the active configuration. */
  #config: string;
  /** Last zxid and current epoch on disk. */
  #history = { zxid: EMPTY_UNTRUSTED, epoch: 0n };
  #round = 0n;
  /** The vote for which this server asks the others; after a decision, the vote that was decided. */
  #vote: Vote;
  /** Votes of this round, by server. */
  readonly #votes = new Map<bigint, CastVote>();
  /** Votes of servers that follow or lead, of any round. A server that comes late joins by them. */
  readonly #established = new Map<bigint, CastVote>();
  /** Voters that have no vote now, because they do not run. */
  readonly #unreachable = new Set<bigint>();
  #resendMs = 0;
  /** The timer that runs; there is one at most. */
  #timer: ElectionTimer | undefined;

  constructor(options: ElectionOptions) {
    this.#id = options.id;
    this.#roleByDefault = options.role;
    this.#isReconfigEnabled = options.isReconfigEnabled ?? false;
    this.#finalizeWaitMs = options.finalizeWaitMs ?? 200;
    this.#minIntervalMs = options.minNotificationIntervalMs ?? 200;
    this.#maxIntervalMs = options.maxNotificationIntervalMs ?? 60_000;
    this.#quorums = options.quorums;
    this.#config = options.quorums.active.toString();
    this.#vote = this.#initialVote();
  }

  get state(): ElectionState {
    return this.#state;
  }

  /** Round of the election; `electionEpoch` in notifications. */
  get round(): bigint {
    return this.#round;
  }

  /** The vote that this server proposes, or the one that was decided. */
  get vote(): Vote {
    return this.#vote;
  }

  get quorums(): QuorumSet {
    return this.#quorums;
  }

  /** Takes an event and returns the effects to execute, in their order. */
  handle(event: ElectionEvent): readonly ElectionEffect[] {
    this.#take(event);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #take(event: ElectionEvent): void {
    switch (event.type) {
      case "start":
        this.#history = { zxid: event.zxid, epoch: BigInt(event.epoch) };
        return this.#begin();
      case "notification":
        return this.#onNotification(event.from, event.notification);
      case "timer":
        if (event.name !== this.#timer) return;
        this.#timer = undefined;
        return event.name === "resend" ? this.#onResend(event.delivered) : this.#decide(this.#vote);
      case "unreachable":
        this.#unreachable.add(event.server);
        if (this.#state === "finalizing") this.#finalize();
        return;
      case "established":
        if (hasDecided(this.#state)) this.#vote = { ...this.#vote, peerEpoch: BigInt(event.epoch) };
        return;
      case "designated":
        // An election that has begun finds a leader by itself.
        if (!this.#isLooking) this.#decide({ ...event, electionEpoch: this.#round, peerEpoch: UNKNOWN_EPOCH });
        return;
      case "configured":
        return this.#onConfigured(event.quorums);
      case "stop":
        this.#state = "idle";
        return this.#cancelTimer();
      default:
        event satisfies never;
    }
  }

  get #isLooking(): boolean {
    return this.#state === "looking" || this.#state === "finalizing";
  }

  #begin(): void {
    this.#state = "looking";
    this.#round = BigInt.asIntN(64, this.#round + 1n);
    this.#votes.clear();
    this.#established.clear();
    this.#unreachable.clear();
    this.#resendMs = this.#minIntervalMs;
    this.#vote = this.#initialVote();
    this.#broadcast();
    this.#wait();
  }

  /** Returns the vote for this server itself; without the right to vote, one that no server counts. */
  #initialVote(): Vote {
    const leader = this.#quorums.active.voters.has(this.#id) ? this.#id : NO_VOTE;
    // A voter of the proposed configuration alone has a history too: it must not vote for a server with a shorter one.
    const isVoter = this.#isVoter(this.#id);
    const zxid = isVoter ? this.#history.zxid : NO_VOTE;
    return { leader, zxid, electionEpoch: this.#round, peerEpoch: isVoter ? this.#history.epoch : NO_VOTE };
  }

  /** Sends the vote to all voters, and counts it here. */
  #broadcast(): void {
    for (const voter of this.#quorums.voters) if (voter !== this.#id) this.#send(voter);
    if (!this.#isUntrusted) this.#votes.set(this.#id, this.#cast);
  }

  #send(to: bigint): void {
    const state: PeerState = hasDecided(this.#state) ? this.#state : "looking";
    const notification = { ...this.#vote, state, version: NOTIFICATION_VERSION, config: this.#config };
    this.#effects.push({ type: "send", to, notification });
  }

  #isVoter(id: bigint): boolean {
    return this.#quorums.voters.has(id);
  }

  /** The disk is empty and must not count, so no vote of this round is counted here (ZOOKEEPER-261). */
  get #isUntrusted(): boolean {
    return this.#initialVote().zxid === EMPTY_UNTRUSTED;
  }

  /** Waits for better votes if a quorum agrees with this server's vote, else for more votes. */
  #wait(): void {
    const isAgreed = this.#quorums.isQuorum(this.#supporters);
    this.#state = isAgreed ? "finalizing" : "looking";
    if (isAgreed) this.#finalize();
    else this.#setTimer("resend", this.#resendMs);
  }

  /** Servers that have voted as this one in this round. */
  get #supporters(): readonly bigint[] {
    return supportersOf(this.#cast, this.#votes);
  }

  get #cast(): CastVote {
    return { ...this.#vote, state: "looking", version: NOTIFICATION_VERSION };
  }

  /** Decides if no voter can have a better vote any more, else waits for one. */
  #finalize(): void {
    const settled = new Set([...this.#supporters, ...this.#unreachable]);
    if ([...this.#quorums.voters].every((voter) => settled.has(voter))) this.#decide(this.#vote);
    else this.#setTimer("finalize", this.#finalizeWaitMs);
  }

  #onNotification(from: bigint, notification: Notification): void {
    if (this.#state === "idle" || from === this.#id) return;
    this.#unreachable.delete(from);
    if (this.#isLooking && this.#adoptConfiguration(from, notification)) return;
    const isAsking = notification.state === "looking";
    if (!this.#isVoter(from)) {
      if (isAsking && this.#helpsNonVoter(notification)) this.#send(from);
    } else if (!this.#isLooking) {
      if (isAsking) this.#send(from);
    } else {
      if (isAsking && notification.electionEpoch < this.#round) this.#send(from);
      if (this.#isVoter(notification.leader)) this.#count(from, notification);
    }
  }

  /**
   * Returns true if an answer helps a looking server that is not a voter: this server has decided, or its vote counts, or its
   * configuration is newer. Without this condition two looking servers that do not count each other as voters would answer each
   * other's answers for ever.
   */
  #helpsNonVoter({ config }: Notification): boolean {
    if (!this.#isLooking || this.#isVoter(this.#id)) return true;
    const theirs = config === undefined ? undefined : readVersion(config);
    return theirs !== undefined && theirs < this.#quorums.active.version;
  }

  #count(from: bigint, notification: Notification): void {
    if (this.#state === "finalizing" && !this.#beats(notification, this.#vote)) {
      if (notification.state === "looking" && isSameVote(notification, this.#cast))
        this.#votes.set(from, cast(notification));
      return this.#finalize();
    }
    if (notification.state === "looking") this.#countLooking(from, notification);
    if (notification.state === "following" || notification.state === "leading") this.#countDecided(from, notification);
    if (this.#isLooking) this.#wait();
  }

  #beats(vote: Vote, other: Vote): boolean {
    if (!this.#quorums.canLead(vote.leader)) return false;
    // A server that may not lead supports another one with the same history, even of a smaller id.
    return isBetter(vote, this.#quorums.canLead(other.leader) ? other : { ...other, leader: NO_VOTE });
  }

  #countLooking(from: bigint, notification: Notification): void {
    if (this.#isUntrusted || notification.zxid === EMPTY_UNTRUSTED) return;
    if (notification.electionEpoch < this.#round) return;
    if (notification.electionEpoch > this.#round) {
      this.#round = notification.electionEpoch;
      this.#votes.clear();
      const own = this.#initialVote();
      this.#propose(this.#beats(notification, own) ? notification : own);
    } else if (this.#beats(notification, this.#vote)) {
      this.#propose(notification);
    }
    this.#votes.set(from, cast(notification));
  }

  #propose({ leader, zxid, peerEpoch }: Vote): void {
    this.#vote = { leader, zxid, electionEpoch: this.#round, peerEpoch };
    this.#broadcast();
  }

  /** Joins the leader that a quorum follows, if the leader itself says that it leads. */
  #countDecided(from: bigint, notification: Notification): void {
    const vote = cast(notification);
    if (notification.electionEpoch === this.#round) {
      // Apache stores these without a version, so that the epoch is not compared: some may have updated it already.
      this.#votes.set(from, { ...vote, version: 0 });
      if (this.#isAgreed(vote, this.#votes)) return this.#decide(notification);
    }
    this.#established.set(from, vote);
    if (!this.#isAgreed(vote, this.#established)) return;
    // The round may go back: the ensemble has decided in an earlier one (ZOOKEEPER-1514).
    this.#round = notification.electionEpoch;
    this.#decide(notification);
  }

  /** A follower of a leader that has ended still names it, so its word alone does not count (ZOOKEEPER-975). */
  #isAgreed(vote: CastVote, votes: ReadonlyMap<bigint, CastVote>): boolean {
    const supporters = new Set(supportersOf(vote, votes));
    const { configurations } = this.#quorums;
    if (vote.leader === this.#id) return this.#quorums.isQuorum(supporters) && vote.electionEpoch === this.#round;
    // The others may not know the proposed configuration. Joining elects nobody: the leader has the quorums that it knows of.
    return votes.get(vote.leader)?.state === "leading" && configurations.some((each) => each.isQuorum(supporters));
  }

  #decide({ leader, zxid, peerEpoch }: Vote): void {
    const role = this.#quorums.active.members.get(this.#id)?.role ?? this.#roleByDefault;
    const state = leader === this.#id ? "leading" : role === "observer" ? "observing" : "following";
    this.#cancelTimer();
    this.#state = state;
    this.#vote = { leader, zxid, electionEpoch: this.#round, peerEpoch };
    this.#effects.push({ type: "decided", state, vote: this.#vote });
  }

  #onResend(delivered: boolean): void {
    if (delivered) this.#broadcast();
    else this.#effects.push({ type: "connectAll" });
    this.#resendMs = Math.min(this.#resendMs * 2, this.#maxIntervalMs);
    this.#wait();
  }

  #onConfigured(quorums: QuorumSet): void {
    const isNewEnsemble = !quorums.active.hasSameMembers(this.#quorums.active);
    const isNewProposal = quorums.proposed?.version !== this.#quorums.proposed?.version;
    this.#configure(quorums);
    if (this.#isLooking && (isNewEnsemble || isNewProposal)) this.#begin();
  }

  #configure(quorums: QuorumSet): void {
    this.#quorums = quorums;
    this.#config = quorums.active.toString();
  }

  /** Adopts a newer configuration; returns true if the election has begun again because the ensemble is another one. */
  #adoptConfiguration(from: bigint, { config }: Notification): boolean {
    if (!this.#isReconfigEnabled || config === undefined || config === this.#config) return false;
    const received = readConfiguration(config);
    if (received instanceof ConfigurationError) {
      this.#effects.push({ type: "configurationRefused", from, error: received });
      return false;
    }
    const { active } = this.#quorums;
    if (received.version <= active.version) return false;
    this.#configure(this.#quorums.activate(received));
    this.#effects.push({ type: "adoptConfiguration", configuration: received });
    if (received.hasSameMembers(active)) return false;
    this.#begin();
    return true;
  }

  #setTimer(name: ElectionTimer, ms: number): void {
    if (this.#timer !== name) this.#cancelTimer();
    this.#timer = name;
    this.#effects.push({ type: "setTimer", name, ms });
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#effects.push({ type: "cancelTimer", name: this.#timer });
    this.#timer = undefined;
  }
}

function hasDecided(state: ElectionState): state is DecidedState {
  return state === "following" || state === "leading" || state === "observing";
}

function cast({ leader, zxid, electionEpoch, peerEpoch, state, version }: Notification): CastVote {
  return { leader, zxid, electionEpoch, peerEpoch, state, version };
}

function readConfiguration(text: string): EnsembleConfiguration | ConfigurationError {
  try {
    return EnsembleConfiguration.parse(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

function readVersion(text: string): bigint | undefined {
  const configuration = readConfiguration(text);
  return configuration instanceof ConfigurationError ? undefined : configuration.version;
}
