import { type Clock, type Logger, type Random, randomInt, systemRandom, type Timer } from "@conclave/runtime";
import type { Database } from "../database/database.js";
import type { LeaderRole } from "../roles/leader-role.js";
import type { LeaderLink, LearnerRole } from "../roles/learner-role.js";
import type { Role } from "../roles/role.js";
import { formatZxid } from "../tree/zxid.js";
import type { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { DecidedState } from "../zab/election/election-event.js";
import type { Vote } from "../zab/election/vote.js";
import { ElectionRunner } from "./election-runner.js";
import { type LeaderPlace, LeaderRun } from "./leader-run.js";
import { configuredAddresses, LearnerMasters, type Locate, leaderAsMaster } from "./learner-masters.js";
import { LearnerRun } from "./learner-run.js";
import { type MemberState, UNKNOWN_HISTORY } from "./member-state.js";
import { MemberStats } from "./member-stats.js";
import type { LeadingStatus, MemberStatus, ObserverStatus, ZabState } from "./member-status.js";
import type { Network } from "./network.js";

/** The rest of the server, as a member of an ensemble uses it. */
export interface PeerHost {
  newLearnerRole(mode: "follower" | "observer", database: Database, leader: LeaderLink): LearnerRole;
  newLeaderRole(
    database: Database,
    epoch: number,
    replicator: LeaderPlace["replicator"],
    reconfiguration: LeaderPlace["reconfiguration"],
  ): LeaderRole;
  /** Makes the role of a server that serves readers while it searches; missing if it serves none. */
  newReadOnlyRole?(database: Database): Role;
  /** Serves clients in this role, from this database. */
  serve(database: Database, role: Role): void;
  /** The active configuration, at the start and whenever it changes; missing if nothing depends on it. */
  configured?(active: EnsembleConfiguration): void;
  /** Serves clients no longer, and closes their connections. */
  suspend(): void;
}

/** A member of an ensemble: its state, its limits, and the parts of the machine that it uses. */
export interface PeerOptions {
  /** Id of this server in the ensemble. */
  readonly id: bigint;
  readonly state: MemberState;
  readonly host: PeerHost;
  /** Time to find a quorum and to synchronize with it, in milliseconds. */
  readonly initLimitMs: number;
  /** Time in which members have to answer each other, in milliseconds. */
  readonly syncLimitMs: number;
  readonly tickMs: number;
  readonly maxPacketBytes: number;
  /** True if the members of the ensemble may change while it runs. @default false */
  readonly reconfigEnabled?: boolean | undefined;
  /** Number of voters that a reconfiguration must leave. @default 2 */
  readonly leastVoters?: number | undefined;
  /** Counter at which a leader gives up its epoch. @default 0xffffffff, all 32 bits */
  readonly largestCounter?: number | undefined;
  /** Host to listen on for other members; by default that of this server in the configuration. */
  readonly listenHost?: string | undefined;
  /** Port on which followers serve observers; 0: observers connect to the leader. @default 0 */
  readonly observerMasterPort?: number | undefined;
  /** Longest of the random times that an observer waits before it connects, and before it searches. @default 0 */
  readonly observerReconnectDelayMs?: number | undefined;
  readonly observerElectionDelayMs?: number | undefined;
  /** @default those of the configurations */
  readonly locate?: Locate | undefined;
  readonly network: Network;
  readonly clock: Clock;
  /** @default the machine's */
  readonly random?: Random | undefined;
  readonly logger: Logger;
  readonly defer: (task: () => void) => void;
}

/** A time as leader or learner. */
interface Run {
  readonly zabState: ZabState;
  /** Undefined for a learner. */
  readonly status?: LeadingStatus | undefined;
  readonly observers?: readonly ObserverStatus[] | undefined;
  /** Server that an observer is connected to. */
  readonly master?: bigint | undefined;
  stop(): void;
}

/** A member of an ensemble (QuorumPeer): finds a leader, takes the role that follows from it, and begins again when it ends. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #election: ElectionRunner;
  readonly #stats = new MemberStats();
  #run: Run | undefined;
  /** Leader that was decided last. */
  #leader: bigint | undefined;
  #searchedAt = 0;
  /** Runs while a search may become long enough to serve readers. */
  #grace: Timer | undefined;
  #isReadOnly = false;
  /** True once the leader asked for a truncation that was impossible: the next one is asked for a snapshot. */
  #needsSnapshot = false;
  /** Servers that this one connects to as an observer; undefined if that is always the leader. */
  readonly #masters: LearnerMasters | undefined;
  /** Time before the next search, which leaves the election to the others. */
  #pauseMs = 0;
  #pause: Timer | undefined;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(options: PeerOptions) {
    const { id, state, host, network, clock, logger, listenHost, reconfigEnabled } = options;
    const { observerMasterPort = 0, random = systemRandom, locate = configuredAddresses } = options;
    this.#options = options;
    if (observerMasterPort > 0) this.#masters = new LearnerMasters(observerMasterPort, random, locate);
    host.configured?.(state.quorums.active);
    this.#election = new ElectionRunner({
      ...{ id, quorums: state.quorums, network, clock, logger, listenHost, isReconfigEnabled: reconfigEnabled },
      ...{ givenAddresses: state.givenMember?.addresses, role: state.givenMember?.role, locate },
      onDecided: (role, vote) => this.#decided(role, vote),
      onConfiguration: ({ active }) => state.activate(active),
    });
    state.onConfigured = (quorums) => {
      logger.info("configuration of the ensemble", {
        active: formatZxid(quorums.active.version),
        proposed: quorums.proposed && formatZxid(quorums.proposed.version),
      });
      this.#election.configured(quorums);
      host.configured?.(quorums.active);
    };
  }

  /** Resolves when it listens for the others; the search for a leader goes on. Rejects if the port cannot be used. */
  async start(): Promise<void> {
    await this.#election.listen();
    this.#search();
  }

  /** State for monitors. */
  get status(): MemberStatus {
    const { id, state } = this.#options;
    const peerState = this.#election.state;
    const run = peerState === "looking" ? undefined : this.#run;
    return {
      ...{ id, configuration: state.quorums.active, stats: this.#stats, leading: run?.status },
      ...{ observers: run?.observers, learnerMaster: peerState === "observing" ? run?.master : undefined },
      ...{ peerState, zabState: run?.zabState ?? "election" },
      leader: run === undefined ? undefined : this.#leader,
    };
  }

  /**
   * Has a leader end its role as soon as all that it has proposed is committed, so that another server is elected: this one searches
   * again after `pauseMs`. Returns false if it does not lead.
   */
  handOver(pauseMs: number): boolean {
    if (this.#run?.status === undefined) return false;
    this.#pauseMs = pauseMs;
    this.#run.stop();
    return true;
  }

  /** Ends the role, and closes ports and database. Idempotent; rejects if the log cannot be closed properly. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pause?.cancel();
    this.#endReadOnly();
    if (this.#run !== undefined) {
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      this.#run.stop();
      await idle;
    }
    await this.#election.close();
    await this.#options.state.close();
  }

  #search(): void {
    const { state, clock } = this.#options;
    this.#searchedAt = clock.now();
    this.#election.start(state.trustedZxid, state.currentEpoch);
    if (this.#run === undefined) this.#awaitGrace();
  }

  /**
   * An observer waits for a random time, so that many of them do not ask the voters at once, and a leader that has handed over for
   * as long as it was asked to.
   */
  #searchAgain(): void {
    const { id, state, clock, observerElectionDelayMs } = this.#options;
    const isObserver = state.quorums.active.observers.has(id);
    const delayMs = isObserver ? this.#randomDelay(observerElectionDelayMs) : this.#pauseMs;
    this.#pauseMs = 0;
    if (delayMs === 0) this.#search();
    else this.#pause = clock.setTimer(delayMs, () => this.#search());
  }

  #randomDelay(longestMs = 0): number {
    const { random = systemRandom } = this.#options;
    return longestMs === 0 ? 0 : randomInt(random, longestMs);
  }

  /** Serves readers if the search takes long: most searches end before clients would notice. */
  #awaitGrace(): void {
    const { clock, tickMs, host } = this.#options;
    if (host.newReadOnlyRole === undefined) return;
    this.#grace?.cancel();
    this.#grace = clock.setTimer(Math.max(MIN_GRACE_MS, tickMs), () => {
      const { state, logger } = this.#options;
      logger.warn("no leader; serving readers that accept an old state (readonlymode.enabled)", {
        zxid: formatZxid(state.database.tree.lastZxid),
      });
      this.#isReadOnly = true;
      host.serve(state.database, host.newReadOnlyRole!(state.database));
    });
  }

  /** Readers are cut: the role that follows may replace the database. */
  #endReadOnly(): void {
    this.#grace?.cancel();
    if (this.#isReadOnly) this.#options.host.suspend();
    this.#isReadOnly = false;
  }

  #decided(role: DecidedState, { leader }: Vote): void {
    const { logger, clock, state } = this.#options;
    this.#endReadOnly();
    const tookMs = Math.round(clock.now() - this.#searchedAt);
    this.#stats.electionTime.observe(tookMs);
    this.#leader = leader;
    logger.info("election decided", { role, leader, tookMs, zxid: formatZxid(state.lastZxid) });
    this.#run =
      role === "leading" ? this.#lead() : this.#follow(role === "observing" ? "observer" : "follower", leader);
  }

  #lead(): Run {
    const { id, state, host, listenHost, ...rest } = this.#options;
    const own = state.quorums.ownAddresses(id);
    const run: LeaderRun = new LeaderRun({
      ...rest,
      ...{ id, state, stats: this.#stats },
      listen: own.map(({ host, quorumPort }) => ({ host: listenHost ?? host, port: quorumPort })),
      newRole: ({ epoch, replicator, reconfiguration }) =>
        host.newLeaderRole(state.database, epoch, replicator, reconfiguration),
      onServing: (role, epoch) => this.#serve(role, epoch),
      onEnding: () => this.#suspend(),
      onEnded: (reason, message, nextLeader) => this.#ended(run, reason, message, nextLeader),
    });
    return run;
  }

  #follow(role: "follower" | "observer", leader: bigint): Run {
    const { id, state, host, initLimitMs, syncLimitMs, reconfigEnabled = false, ...rest } = this.#options;
    const { quorums, acceptedEpoch, currentEpoch } = state;
    const masters = role === "observer" ? this.#masters : undefined;
    const { observerReconnectDelayMs, observerMasterPort: port = 0, listenHost, locate = configuredAddresses } = rest;
    const delays = role === "observer" && (masters === undefined || masters.isExhausted);
    const run: LearnerRun = new LearnerRun({
      learner: {
        ...{ id, role, leader, acceptedEpoch, currentEpoch, configurations: quorums, initLimitMs, syncLimitMs },
        ...{ lastZxid: this.#needsSnapshot ? UNKNOWN_HISTORY : state.trustedZxid, reconfigEnabled },
      },
      masters: masters?.addresses(leader, quorums) ?? leaderAsMaster(leader, locate(leader, quorums)),
      connectDelayMs: delays ? this.#randomDelay(observerReconnectDelayMs) : 0,
      observerMasterAddresses:
        port === 0 ? [] : quorums.ownAddresses(id).map(({ host }) => ({ host: listenHost ?? host, port })),
      ...rest,
      ...{ state, stats: this.#stats },
      newRole: (link) => host.newLearnerRole(role, state.database, link),
      onServing: (learner, epoch) => {
        if (run.master !== undefined) masters?.served(run.master);
        this.#serve(learner, epoch);
      },
      onEnding: () => this.#suspend(),
      onEnded: (reason, message, nextLeader) => {
        if (!run.hasServed) masters?.failed(run.master);
        this.#needsSnapshot = reason === "truncation-refused";
        this.#ended(run, reason, message, nextLeader);
      },
    });
    return run;
  }

  #serve(role: Role, epoch: number): void {
    const { host, state } = this.#options;
    this.#election.established(epoch);
    host.serve(state.database, role);
  }

  /**
   * Serves clients no longer, and tells no searching server of this role: they would join a leader that has closed its port, or
   * believe that this server still follows one.
   */
  #suspend(): void {
    this.#election.stop();
    this.#options.host.suspend();
  }

  #ended(run: Run, reason: string, message: string, nextLeader: bigint | undefined): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#election.stop();
    if (this.#isClosed) return this.#whenIdle?.();
    const { logger, clock, state } = this.#options;
    if (nextLeader === undefined) {
      logger.warn("role in the ensemble ended; searching for a leader", { reason, message });
      this.#searchAgain();
    } else {
      logger.info("role in the ensemble ended; a reconfiguration has named the leader", { message, nextLeader });
      this.#searchedAt = clock.now();
      this.#election.designated(nextLeader, state.quorums.active.version);
    }
  }
}

/** Least time of a search before readers are served (QuorumPeer). */
const MIN_GRACE_MS = 2_000;
