import type { TxnRecord } from "../../tree/txn.js";
import { counterOf, epochOf, formatZxid, LARGEST_COUNTER, LARGEST_EPOCH, zxidOf } from "../../tree/zxid.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import { QuorumSet } from "../configuration/quorum-set.js";
import type { LearnerPacket } from "../packets.js";
import { SeenConfigurations } from "../reconfig/seen-configurations.js";
import { Broadcast } from "./broadcast.js";
import type { LeaderEffect, LeaderEnd, LeaderEvent, LearnerNumber } from "./leader-events.js";
import type { LeaderOptions } from "./leader-options.js";
import { LeaderOutput } from "./leader-output.js";
import {
  isEstablished,
  type LeaderPhase,
  type LinkInput,
  leaderTreatment,
  linkTreatment,
  stepOverdue,
} from "./leader-state.js";
import { LearnerLink } from "./learner-link.js";
import { LearnerLinks } from "./learner-links.js";
import { Proposals } from "./proposals.js";
import { isAhead, registrationRefusal } from "./registration.js";
import { Synchronizer } from "./synchronizer.js";

type Info = Extract<LearnerPacket, { type: "learnerInfo" }>;
type EpochAck = Extract<LearnerPacket, { type: "ackEpoch" }>;

/**
 * Elected leader, until it loses its quorum or the leadership. Takes events and returns effects; see SPEC.md. Records become
 * committed in zxid order, each when a quorum of every configuration concerned has it on disk.
 */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #configurations: SeenConfigurations;
  readonly #proposals: Proposals;
  readonly #links = new LearnerLinks();
  readonly #output = new LeaderOutput();
  readonly #synchronizer: Synchronizer;
  readonly #broadcast: Broadcast;
  #phase: LeaderPhase = "starting";
  #now = 0;
  /** Time at which the current step began. */
  #stepSince = 0;
  #ticks = 0;
  #epoch = 0;
  #isAcceptedEpochStored = false;

  constructor(options: LeaderOptions) {
    const { id, configurations, reconfigEnabled, history } = options;
    this.#options = options;
    this.#configurations = new SeenConfigurations(
      reconfigEnabled ? configurations : new QuorumSet(configurations.active),
    );
    this.#proposals = new Proposals(history);
    this.#synchronizer = new Synchronizer(this.#proposals, this.#output);
    this.#broadcast = new Broadcast({
      id,
      reconfigEnabled,
      configurations: this.#configurations,
      proposals: this.#proposals,
      links: this.#links,
      output: this.#output,
    });
  }

  get phase(): LeaderPhase {
    return this.#phase;
  }

  /** Epoch that this leader has proposed; 0 before that. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Zxid of the last record that was proposed, or of the last one in the history. */
  get lastZxid(): bigint {
    return this.#proposals.last;
  }

  /** Zxid that the next proposal must have; undefined while none is accepted. */
  get nextZxid(): bigint | undefined {
    if (this.#phase !== "broadcasting") return undefined;
    return epochOf(this.lastZxid) === this.#epoch ? this.lastZxid + 1n : zxidOf(this.#epoch, 1);
  }

  /** Connections of all registered learners. */
  get learners(): readonly LearnerLink[] {
    return this.#links.all();
  }

  /** Number of sync requests that wait for their answer. */
  get pendingSyncs(): number {
    return this.#broadcast.syncs.size;
  }

  /** The active configuration, and the last one proposed. */
  get configurations(): QuorumSet {
    return this.#configurations.set;
  }

  /** Returns true if a quorum of a configuration is connected and has this leader's history. */
  isSynchronizedQuorum(configuration: EnsembleConfiguration): boolean {
    return configuration.isQuorum([this.#options.id, ...this.#links.followers((each) => each.isSynchronized)]);
  }

  /** Takes an event. Returns the effects to execute, in order; none after `end`. */
  handle(event: LeaderEvent): readonly LeaderEffect[] {
    const input = event.type === "packet" ? event.packet.type : event.type;
    const treatment = leaderTreatment(this.#phase, input);
    if (treatment !== "ignore") {
      if ("learner" in event) this.#handleLearner(event, treatment === "refuse");
      else this.#take(event);
    }
    return this.#output.take();
  }

  #handleLearner(event: Extract<LeaderEvent, { learner: LearnerNumber }>, isRefused: boolean): void {
    const { learner } = event;
    const input: LinkInput = event.type === "packet" ? event.packet.type : event.type;
    const state = this.#links.stateOf(learner);
    const treatment = linkTreatment(state, input);
    if (treatment === "ignore") return;
    if (isRefused) return this.#disconnect(learner, "this leader accepts no more learners");
    if (treatment === "refuse") return this.#disconnect(learner, `it sent ${input} in the state ${state}`);
    if (event.type === "packet") return this.#receive(learner, event.packet);
    const link = this.#links.heard(learner, this.#now);
    switch (event.type) {
      case "heard":
        return;
      case "gone":
        return this.#links.remove(link.learner);
      case "pong":
        return this.#broadcast.syncs.answered(link);
      case "syncRequested":
        return this.#broadcast.syncs.add(link.learner);
      default:
        event satisfies never;
    }
  }

  #receive(learner: LearnerNumber, packet: LearnerPacket): void {
    if (packet.type === "learnerInfo") return this.#register(learner, packet);
    const link = this.#links.heard(learner, this.#now);
    if (packet.type === "ackEpoch") this.#onEpochAck(link, packet);
    else this.#onAck(link, packet.zxid);
  }

  #take(event: Exclude<LeaderEvent, { learner: LearnerNumber }>): void {
    switch (event.type) {
      case "start":
        this.#now = event.now;
        this.#enter("discovering");
        // The log may have records that a former process wrote and did not sync.
        this.#output.emit({ type: "flush", zxid: this.lastZxid });
        return this.#chooseEpoch();
      case "acceptedEpochStored":
        this.#isAcceptedEpochStored = true;
        return this.#proposeEpoch();
      case "seenConfigurationStored":
        this.#configurations.stored();
        return this.#onStored();
      case "durable":
        this.#broadcast.durableTo(event.zxid);
        return this.#onStored();
      case "currentEpochStored":
        this.#enter("synchronizing");
        this.#synchronizeAcknowledged();
        return this.#establishIfSynchronized();
      case "propose":
        return this.#propose(event.record);
      case "localSync":
        return this.#broadcast.syncs.add(undefined);
      case "applied":
        this.#proposals.applyTo(event.zxid);
        if (this.#phase === "broadcasting") this.#synchronizeAcknowledged();
        return;
      case "trimmed":
        return this.#proposals.history.trim(event.base);
      case "tick":
        return this.#onTick(event.now);
      case "stalled":
        this.#now += event.ms;
        this.#stepSince += event.ms;
        for (const link of this.#links.all()) link.postpone(event.ms);
        return;
      case "handOver":
        if (this.#phase !== "broadcasting") return this.#end("handed-over", "this leader was asked to hand over");
        this.#enter("handingOver");
        return this.#endIfHandedOver();
      case "storageFailed":
        return this.#end("storage-failed", `the disk failed: ${event.cause}`);
      default:
        event satisfies never;
    }
  }

  // Discovery

  #register(learner: LearnerNumber, info: Info): void {
    const { version } = this.#configurations.set.active;
    const problem = registrationRefusal(info, { id: this.#options.id, version });
    if (problem !== undefined) return this.#disconnect(learner, problem);
    if (this.#epoch > 0 && info.acceptedEpoch > this.#epoch) return this.#onLaterEpoch(learner, info);
    const link = new LearnerLink(learner, info, this.#now);
    const former = this.#links.add(link);
    if (former !== undefined) this.#disconnect(former.learner, `server ${info.id} has connected again`);
    if (this.#phase === "discovering") this.#chooseEpoch();
    else if (this.#phase !== "acceptingEpoch") this.#sendLeaderInfo([link]);
  }

  /** A candidate that failed got the promise of a later epoch. Only the next election leads to an epoch that this server can follow. */
  #onLaterEpoch(learner: LearnerNumber, { id, acceptedEpoch }: Info): void {
    const message = `server ${id} has accepted the later epoch ${acceptedEpoch}`;
    if (this.#configurations.set.isMember(id)) this.#end("outdated-epoch", message);
    else this.#disconnect(learner, message);
  }

  #chooseEpoch(): void {
    if (!this.#isQuorum(this.#links.followers(() => true))) return;
    const accepted = [this.#options.acceptedEpoch, ...this.#links.all().map(({ acceptedEpoch }) => acceptedEpoch)];
    this.#epoch = Math.max(...accepted) + 1;
    if (this.#epoch > LARGEST_EPOCH) {
      return this.#end("epochs-exhausted", `a server has accepted epoch ${this.#epoch - 1}, which is the last one`);
    }
    this.#enter("acceptingEpoch");
    this.#output.emit({ type: "storeAcceptedEpoch", epoch: this.#epoch });
    this.#raiseVersion();
  }

  /** Gives the initial configuration a version, so that it wins over those of servers that have only read theirs (ZOOKEEPER-1783). */
  #raiseVersion(): void {
    const { active, proposed } = this.#configurations.set;
    if (!this.#options.reconfigEnabled || active.version !== 0n || proposed !== undefined) return;
    this.#broadcast.see(active.withVersion(zxidOf(this.#epoch)));
  }

  #proposeEpoch(): void {
    if (!this.#isAcceptedEpochStored || !this.#configurations.isStoredUpTo(zxidOf(this.#epoch))) return;
    this.#enter("collectingEpochAcks");
    this.#sendLeaderInfo(this.#links.all());
    this.#storeEpochIfAcknowledged();
  }

  #sendLeaderInfo(links: readonly LearnerLink[]): void {
    for (const link of links) link.enter("proposed", this.#now);
    const learners = links.map(({ learner }) => learner);
    this.#output.send(learners, { type: "leaderInfo", epoch: this.#epoch });
  }

  #onEpochAck(link: LearnerLink, { currentEpoch, lastZxid }: EpochAck): void {
    link.enter("acknowledged", this.#now);
    link.lastZxid = lastZxid;
    const isCollecting = this.#phase === "collectingEpochAcks";
    if (currentEpoch !== undefined && lastZxid >= 0n) {
      const own = { currentEpoch: this.#options.currentEpoch, lastZxid: this.lastZxid };
      if (isCollecting && isAhead({ currentEpoch, lastZxid }, own)) return this.#onAhead(link);
      link.hasAcknowledgedEpoch = true;
    }
    if (isCollecting) this.#storeEpochIfAcknowledged();
    else if (this.#phase !== "storingEpoch") this.#synchronize(link);
  }

  #onAhead({ learner, id, role, lastZxid }: LearnerLink): void {
    const message = `server ${id} has ${formatZxid(lastZxid)} and is ahead of this server's ${formatZxid(this.lastZxid)}`;
    if (role === "follower" && this.#configurations.set.voters.has(id)) this.#end("behind", message);
    else this.#disconnect(learner, message);
  }

  #storeEpochIfAcknowledged(): void {
    if (
      this.#broadcast.durable < this.lastZxid ||
      !this.#isQuorum(this.#links.followers((each) => each.hasAcknowledgedEpoch))
    )
      return;
    this.#enter("storingEpoch");
    this.#output.emit({ type: "storeCurrentEpoch", epoch: this.#epoch });
  }

  // Synchronization

  #synchronizeAcknowledged(): void {
    for (const link of this.#links.all()) if (link.state === "acknowledged") this.#synchronize(link);
  }

  #synchronize(link: LearnerLink): void {
    if (!this.#synchronizer.synchronize(link, this.#now)) return;
    // Once it is established, a leader completes no earlier reconfiguration, and its own is not for others before its commit.
    const { set } = this.#configurations;
    const configuration = (this.#phase === "synchronizing" ? set.lastSeen : set.active).toString();
    this.#output.send([link.learner], { type: "newLeader", zxid: zxidOf(this.#epoch), configuration });
  }

  #onAck(link: LearnerLink, zxid: bigint): void {
    if (zxid === zxidOf(this.#epoch)) {
      if (link.state === "synchronizing") this.#onNewLeaderAck(link);
      return;
    }
    if (zxid > link.forwarded)
      return this.#disconnect(link.learner, `it acknowledged ${formatZxid(zxid)}, which it was not sent`);
    if (link.ackedTo(zxid, this.#now)) this.#advance();
  }

  #onNewLeaderAck(link: LearnerLink): void {
    this.#synchronizer.acknowledged(link);
    link.enter("synchronized", this.#now);
    if (this.#phase === "synchronizing") return this.#establishIfSynchronized();
    this.#synchronizer.bringUpToDate(link, this.#now);
    this.#advance();
  }

  #establishIfSynchronized(): void {
    if (!this.#isQuorum(this.#links.followers((each) => each.isSynchronized))) return;
    this.#broadcast.commitHistory();
    this.#enter("broadcasting");
    const { proposed } = this.#configurations.set;
    if (proposed !== undefined) this.#broadcast.activate(proposed);
    if (this.#broadcast.hasResigned) this.#enter("resigned");
    if (this.#phase === "broadcasting") this.#output.emit({ type: "serve", epoch: this.#epoch });
    for (const link of this.#links.all())
      if (link.state === "synchronized") this.#synchronizer.bringUpToDate(link, this.#now);
  }

  // Broadcast

  #propose(record: TxnRecord): void {
    const { zxid } = record.header;
    if (zxid !== this.nextZxid) {
      return this.#end("invalid-proposal", `record ${formatZxid(zxid)} follows ${formatZxid(this.lastZxid)}`);
    }
    if (counterOf(zxid) >= (this.#options.largestCounter ?? LARGEST_COUNTER)) {
      return this.#end("counter-exhausted", `epoch ${this.#epoch} has no more zxids`);
    }
    const problem = this.#broadcast.propose(record, this.#now);
    if (problem !== undefined) this.#end("invalid-proposal", `reconfiguration ${formatZxid(zxid)}: ${problem}`);
  }

  #onStored(): void {
    if (this.#phase === "acceptingEpoch") this.#proposeEpoch();
    if (this.#phase === "collectingEpochAcks") this.#storeEpochIfAcknowledged();
    this.#advance();
  }

  #advance(): void {
    if (this.#phase !== "broadcasting" && this.#phase !== "handingOver") return;
    this.#broadcast.advance();
    if (this.#broadcast.hasResigned) this.#enter("resigned");
    this.#endIfHandedOver();
  }

  #endIfHandedOver(): void {
    if (this.#phase !== "handingOver" || this.#proposals.isOutstanding) return;
    this.#end("handed-over", "all proposals are committed");
  }

  // Time

  #onTick(now: number): void {
    this.#now = now;
    this.#ticks++;
    const { initLimitMs, syncLimitMs } = this.#options;
    const overdue = stepOverdue(this.#phase, now - this.#stepSince, this.#options);
    if (overdue !== undefined) return this.#end(overdue.reason, overdue.message);
    if (!isEstablished(this.#phase)) return;
    for (const link of this.#links.all()) {
      const problem = link.overdue(now, initLimitMs, syncLimitMs);
      if (problem !== undefined) this.#disconnect(link.learner, problem);
    }
    this.#broadcast.syncs.ping(this.#links.all().filter((link) => link.isForwarding));
    if (this.#ticks % 2 === 0) this.#endIfQuorumLost();
  }

  #endIfQuorumLost(): void {
    // By now the epoch was proposed to each learner.
    if (this.#isQuorum(this.#links.followers(({ state }) => state !== "proposed"))) return;
    if (this.#phase === "resigned")
      this.#end("reconfigured", "this server does not lead the new configuration, and the learners have left");
    else this.#end("quorum-lost", `no quorum was heard of within ${this.#options.syncLimitMs} ms`);
  }

  /** Returns true if these servers and this one are a quorum of each configuration. */
  #isQuorum(others: readonly bigint[]): boolean {
    return this.#configurations.set.isQuorum([this.#options.id, ...others]);
  }

  #enter(phase: LeaderPhase): void {
    this.#phase = phase;
    this.#stepSince = this.#now;
  }

  #disconnect(learner: LearnerNumber, message: string): void {
    this.#links.remove(learner);
    this.#output.emit({ type: "disconnect", learner, message });
  }

  #end(reason: LeaderEnd, message: string): void {
    this.#phase = "ended";
    this.#output.emit({ type: "end", reason, message });
  }
}
