import {
  forwardedRequest,
  OpCode,
  PacketType,
  type QuorumPacket,
  revalidation,
  sessionTouches,
} from "@conclave/protocol";
import type { Clock, Logger, Timer } from "@conclave/runtime";
import type { CommitQueue } from "../pipeline/commit-queue.js";
import { GroupCommit } from "../replication/group-commit.js";
import type { Replicator } from "../replication/replicator.js";
import type { LeaderRole } from "../roles/leader-role.js";
import { recordBytes } from "../storage/record-bytes.js";
import type { TxnRecord } from "../tree/txn.js";
import { counterOf, epochOf, zxidOf } from "../tree/zxid.js";
import { Leader } from "../zab/leader/leader.js";
import type { LeaderEffect, LeaderEnd, LeaderEvent } from "../zab/leader/leader-events.js";
import type { LeaderPacket } from "../zab/packets.js";
import { bulkOf } from "./bulk.js";
import { EventLoop, messageOf } from "./event-loop.js";
import { HalfTicks } from "./half-ticks.js";
import type { LearnerConnection } from "./learner-connection.js";
import { LearnerPort } from "./learner-port.js";
import type { MemberState } from "./member-state.js";
import type { MemberStats } from "./member-stats.js";
import { type LeadingStatus, type ObserverStatus, type ZabState, zabStateOfLeader } from "./member-status.js";
import type { Network, PortAddress } from "./network.js";
import { decodeLearnerPacket, encodeLeaderPacket } from "./packet-codec.js";
import { Reconfigurations } from "./reconfigurations.js";

/** What a leader's role needs of its run. */
export interface LeaderPlace {
  readonly epoch: number;
  readonly replicator: (queue: CommitQueue) => Replicator;
  /** Decides on the reconfigurations that clients ask for; undefined if they are disabled. */
  readonly reconfiguration: Reconfigurations | undefined;
}

export interface LeaderRunOptions {
  readonly id: bigint;
  readonly state: MemberState;
  readonly stats: MemberStats;
  /** Addresses of the quorum port. */
  readonly listen: readonly PortAddress[];
  readonly initLimitMs: number;
  readonly syncLimitMs: number;
  readonly tickMs: number;
  /** @default false */
  readonly reconfigEnabled?: boolean | undefined;
  /** Number of voters that a reconfiguration must leave. @default 2 */
  readonly leastVoters?: number | undefined;
  readonly largestCounter?: number | undefined;
  readonly maxPacketBytes: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defer: (task: () => void) => void;
  /** Makes the role on the database as it is now. */
  readonly newRole: (place: LeaderPlace) => LeaderRole;
  /** A quorum follows: clients can be served. */
  readonly onServing: (role: LeaderRole, epoch: number) => void;
  /** The quorum is lost: clients must not be served any more. Called once, at once. */
  readonly onEnding: () => void;
  /**
   * The run has ended; nothing of it touches the database any more. Called once. `nextLeader` is the server that a
   * reconfiguration has named.
   */
  readonly onEnded: (
    reason: LeaderEnd | "stopped" | "port-failed",
    message: string,
    nextLeader: bigint | undefined,
  ) => void;
}

/** One time as a leader: carries out the effects of {@link Leader}. */
export class LeaderRun {
  readonly #options: LeaderRunOptions;
  readonly #machine: Leader;
  readonly #loop: EventLoop<LeaderEvent, LeaderEffect>;
  readonly #port: LearnerPort;
  readonly #log: GroupCommit;
  readonly #learners = new Map<number, LearnerConnection>();
  /** Set once this server serves. */
  #role: LeaderRole | undefined;
  #queue: CommitQueue | undefined;
  #applied = 0n;
  /** Zxid that names the epoch itself. */
  #epochZxid = 0n;
  readonly #ticks: HalfTicks;
  #stopping: Timer | undefined;
  #hasEnded = false;
  /** The proposal whose acknowledgements are timed: one at a time, since most come together. */
  #sample: { readonly zxid: bigint; readonly at: number; readonly acked: Set<number> } | undefined;
  /** The last acknowledgement of a learner whose packets are being read. */
  #ack: { readonly learner: number; readonly zxid: bigint } | undefined;
  /** Time at which it began to serve. */
  #servingSince: number | undefined;
  /** True once clients are not served any more. */
  #isSuspended = false;
  /** Server that leads the active configuration. */
  #nextLeader: bigint | undefined;

  constructor(options: LeaderRunOptions) {
    const { id, state, initLimitMs, syncLimitMs, listen, maxPacketBytes, network, clock, logger, defer } = options;
    this.#options = options;
    const { reconfigEnabled = false, largestCounter } = options;
    const machine = new Leader({
      ...{ id, acceptedEpoch: state.acceptedEpoch, currentEpoch: state.currentEpoch, configurations: state.quorums },
      ...{ history: state.history.copy(), reconfigEnabled, initLimitMs, syncLimitMs, largestCounter },
    });
    this.#machine = machine;
    this.#loop = new EventLoop<LeaderEvent, LeaderEffect>({
      machine,
      execute: (effect) => this.#execute(effect),
      failed: (cause) => this.#failed(cause),
    });
    this.#log = new GroupCommit({
      ...{ storage: state, defer },
      onDurable: (zxid) => {
        this.#queue?.markDurable(zxid);
        this.#loop.take({ type: "durable", zxid });
        this.#noteApplied();
      },
      onFailed: (cause) => this.#loop.take(this.#failed(cause)),
    });
    this.#port = new LearnerPort({
      ...{ addresses: listen, maxPacketBytes, network, clock, logger, defer },
      onPacket: (learner, packet) => this.#receive(learner, packet),
      onRead: () => this.#takeAck(),
      onGone: ({ number }, cause) => {
        if (this.#ack?.learner === number) this.#ack = undefined;
        if (!this.#learners.delete(number)) return;
        logger.info("a learner has disconnected", { learner: number, cause });
        this.#loop.take({ type: "gone", learner: number });
      },
    });
    this.#ticks = new HalfTicks({
      ...options,
      onStalled: (ms) => this.#loop.take({ type: "stalled", ms }),
      onTick: (now) => this.#loop.take({ type: "tick", now }),
    });
    void this.#start();
  }

  get zabState(): ZabState {
    return zabStateOfLeader(this.#machine.phase);
  }

  get status(): LeadingStatus {
    const { clock, state } = this.#options;
    const links = this.#machine.learners.filter(({ isForwarding }) => isForwarding);
    const followers = links.filter(({ role }) => role === "follower");
    const { voters } = state.quorums.active;
    return {
      learners: this.#learners.size,
      syncedFollowers: followers.length,
      syncedNonVotingFollowers: followers.filter(({ id }) => !voters.has(id)).length,
      pendingSyncs: this.#machine.pendingSyncs,
      uptimeMs: this.#servingSince === undefined ? 0 : clock.now() - this.#servingSince,
    };
  }

  /** Observers that get transactions. */
  get observers(): readonly ObserverStatus[] {
    const observers = this.#machine.learners.filter(({ isForwarding, role }) => isForwarding && role === "observer");
    return observers.map(({ id, learner }) => ({ id, remote: this.#learners.get(learner)?.remote ?? "" }));
  }

  /** Ends the run once all proposals are committed; the others then elect another leader. */
  stop(): void {
    this.#loop.take({ type: "handOver" });
    // Without a quorum the proposals are never committed.
    this.#stopping ??= this.#options.clock.setTimer(
      this.#options.tickMs,
      () => void this.#end("stopped", "the server is stopping"),
    );
  }

  async #start(): Promise<void> {
    const { clock, state } = this.#options;
    try {
      await this.#port.listen();
    } catch (error) {
      await this.#end("port-failed", `cannot listen for learners: ${(error as Error).message}`);
      return;
    }
    try {
      state.applyUnapplied();
    } catch (cause) {
      state.hasFailed(cause);
      await this.#end("storage-failed", messageOf(cause));
      return;
    }
    this.#loop.take({ type: "start", now: clock.now() });
    this.#ticks.start();
  }

  #execute(effect: LeaderEffect): void {
    const { state, logger } = this.#options;
    switch (effect.type) {
      case "send":
        return this.#send(effect.learners, effect.packet);
      case "sync":
        this.#options.stats.syncs[effect.plan.mode]++;
        logger.info("synchronizing a learner", { learner: effect.learner, ...effect.plan });
        return this.#learners.get(effect.learner)?.sendBulk(bulkOf(effect.plan, state));
      case "disconnect":
        return this.#disconnect(effect.learner, effect.message);
      case "storeAcceptedEpoch":
        return this.#store(() => state.storeAcceptedEpoch(effect.epoch), { type: "acceptedEpochStored" });
      case "storeSeenConfiguration":
        return this.#store(() => state.storeSeen(effect.configuration), { type: "seenConfigurationStored" });
      case "storeCurrentEpoch":
        return this.#store(() => state.storeCurrentEpoch(effect.epoch), { type: "currentEpochStored" });
      case "append":
        this.#options.stats.proposals++;
        this.#sample ??= { zxid: effect.record.header.zxid, at: this.#options.clock.now(), acked: new Set() };
        // The proposer has put it into the commit queue.
        return this.#log.append(effect.record);
      case "flush":
        return this.#log.flush(effect.zxid);
      case "commit":
        this.#queue?.markCommitted(effect.zxid);
        if (this.#sample !== undefined && effect.zxid >= this.#sample.zxid) this.#sampleCommitted(this.#sample.at);
        return this.#noteApplied();
      case "localSynced":
        return this.#role?.synced();
      case "activateConfiguration":
        this.#nextLeader = effect.designatedLeader;
        // The replies to its clients leave first, such as the one to the client that asked for the reconfiguration.
        if (effect.designatedLeader !== this.#options.id) this.#options.defer(() => this.#suspend());
        return state.activate(effect.configuration);
      case "serve":
        return this.#serve(effect.epoch);
      case "end":
        return void this.#end(effect.reason, effect.message);
      default:
        effect satisfies never;
    }
  }

  #send(learners: readonly number[], packet: LeaderPacket): void {
    const encoded = encodeLeaderPacket(packet, recordBytes);
    if (packet.type === "proposal") this.#options.stats.proposed(encoded.data?.length ?? 0);
    for (const learner of learners) this.#learners.get(learner)?.send(encoded);
  }

  #disconnect(number: number, message: string): void {
    this.#options.logger.warn("disconnected a learner", { learner: number, message });
    const learner = this.#learners.get(number);
    this.#learners.delete(number);
    learner?.close(message);
  }

  #serve(epoch: number): void {
    const { state, newRole, onServing, logger, reconfigEnabled, leastVoters = 2, clock } = this.#options;
    this.#servingSince = clock.now();
    const reconfigurations = reconfigEnabled ? new Reconfigurations(this.#machine, leastVoters, logger) : undefined;
    this.#applied = state.database.tree.lastZxid;
    this.#epochZxid = zxidOf(epoch);
    this.#role = newRole({
      epoch,
      replicator: (queue) => {
        this.#queue = queue;
        return {
          requestSync: () => this.#loop.take({ type: "localSync" }),
          propose: (record: TxnRecord) => {
            reconfigurations?.proposed(record);
            this.#loop.take({ type: "propose", record });
          },
        };
      },
      reconfiguration: reconfigurations,
    });
    onServing(this.#role, epoch);
  }

  /**
   * An acknowledgement counts for all records before it, so of those that arrive together the last one is taken. What it commits is
   * applied as one batch then, and the replies to each client leave in one write.
   */
  #acknowledged(learner: number, zxid: bigint): void {
    const former = this.#ack;
    // That of NEWLEADER, which has the epoch's zxid, is for itself.
    const isCovered = former?.learner === learner && this.#epochZxid < former.zxid && former.zxid < zxid;
    if (!isCovered) this.#takeAck();
    this.#ack = { learner, zxid };
    this.#options.stats.acks++;
    if (this.#sample !== undefined && zxid >= this.#sample.zxid) this.#sampleAcknowledged(learner);
  }

  #takeAck(): void {
    const ack = this.#ack;
    if (ack === undefined) return;
    this.#ack = undefined;
    this.#loop.take({ type: "packet", learner: ack.learner, packet: { type: "ack", zxid: ack.zxid } });
  }

  #sampleAcknowledged(number: number): void {
    const { acked, at } = this.#sample!;
    const learner = this.#machine.learners.find((each) => each.learner === number);
    if (learner === undefined || acked.has(number)) return;
    acked.add(number);
    this.#options.stats.acknowledged(learner.id, this.#options.clock.now() - at);
  }

  #sampleCommitted(at: number): void {
    this.#options.stats.quorumAckLatency.observe(this.#options.clock.now() - at);
    this.#sample = undefined;
  }

  #noteApplied(): void {
    const zxid = this.#queue?.applied ?? this.#applied;
    if (zxid === this.#applied) return;
    this.#options.stats.commits +=
      epochOf(zxid) === epochOf(this.#applied) ? Number(zxid - this.#applied) : counterOf(zxid);
    this.#applied = zxid;
    this.#loop.take({ type: "applied", zxid });
  }

  #receive(learner: LearnerConnection, packet: QuorumPacket): void {
    const { number } = learner;
    if (this.#hasEnded) return;
    this.#learners.set(number, learner);
    const decoded = decodeLearnerPacket(packet);
    if (decoded !== undefined) {
      if (decoded.type === "ack" && this.#role !== undefined) return this.#acknowledged(number, decoded.zxid);
      this.#takeAck();
      if (decoded.type === "learnerInfo") {
        this.#options.logger.info("a learner has connected", {
          learner: number,
          id: decoded.id,
          remote: learner.remote,
        });
      }
      return this.#loop.take({ type: "packet", learner: number, packet: decoded });
    }
    this.#loop.take({ type: packet.type === PacketType.PING ? "pong" : "heard", learner: number });
    if (this.#role !== undefined && this.#learners.has(number)) this.#serveLearner(this.#role, learner, packet);
  }

  /** Takes a packet about the clients of a learner. Apache's servers ignore unknown ones. */
  #serveLearner(role: LeaderRole, learner: LearnerConnection, { type, data, authInfo }: QuorumPacket): void {
    if (type === PacketType.PING) {
      for (const { sessionId } of sessionTouches.decode(data)) role.touch(sessionId);
    } else if (type === PacketType.REVALIDATE) {
      this.#options.stats.revalidations++;
      const { sessionId, timeoutMs } = revalidation.decode(data);
      const isValid = role.revalidate(learner.owner, sessionId, timeoutMs);
      this.#send([learner.number], { type: "revalidate", sessionId, isValid });
    } else if (type === PacketType.REQUEST) {
      const request = forwardedRequest.decode(data);
      if (request.type === OpCode.sync) this.#loop.take({ type: "syncRequested", learner: learner.number });
      else role.request(learner.owner, { ...request, ids: authInfo ?? [] });
    }
  }

  #suspend(): void {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    this.#options.onEnding();
  }

  #store(store: () => Promise<void>, done: LeaderEvent): void {
    this.#loop.store(async () => {
      await store();
      return done;
    });
  }

  #failed(cause: unknown): LeaderEvent {
    this.#options.state.hasFailed(cause);
    return { type: "storageFailed", cause: messageOf(cause) };
  }

  /** One owner of the log at a time: what is being written is finished before the next role begins. */
  async #end(reason: LeaderEnd | "stopped" | "port-failed", message: string): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ticks.stop();
    this.#stopping?.cancel();
    this.#suspend();
    // Records that the leader no longer took are in no log: no member may ever apply them.
    const unapplied = (this.#queue?.unapplied() ?? []).filter(
      ({ header }) => header.zxid <= this.#options.state.lastZxid,
    );
    this.#queue?.fail();
    await Promise.all([this.#port.close(), this.#loop.stored(), this.#log.idle()]);
    this.#options.state.keepUnapplied(unapplied);
    this.#options.onEnded(reason, message, reason === "reconfigured" ? this.#nextLeader : undefined);
  }
}
