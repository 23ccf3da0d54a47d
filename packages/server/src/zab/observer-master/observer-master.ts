import type { TxnRecord } from "../../tree/txn.js";
import { counterOf, epochOf, formatZxid, zxidOf } from "../../tree/zxid.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { LeaderEffect, LearnerNumber } from "../leader/leader-events.js";
import { LeaderOutput } from "../leader/leader-output.js";
import { linkTreatment } from "../leader/leader-state.js";
import { LearnerLink } from "../leader/learner-link.js";
import { LearnerLinks } from "../leader/learner-links.js";
import { Proposals } from "../leader/proposals.js";
import { registrationRefusal } from "../leader/registration.js";
import { Synchronizer } from "../leader/synchronizer.js";
import type { LeaderPacket, LearnerPacket } from "../packets.js";
import type { ZxidHistory } from "../sync/zxid-history.js";

/** The follower, at the moment when it begins to serve. */
export interface ObserverMasterOptions {
  readonly id: bigint;
  /** Epoch of its leader. */
  readonly epoch: number;
  /** The active configuration. */
  readonly configuration: EnsembleConfiguration;
  /** Records that are applied, as far as they can be read from the log. */
  readonly history: ZxidHistory;
  /** Records that follow, and are not applied yet. */
  readonly unapplied: readonly TxnRecord[];
  /** Zxid of the last record that the leader has committed. */
  readonly committed: bigint;
  readonly now: number;
  readonly initLimitMs: number;
  readonly syncLimitMs: number;
}

/** Input of an {@link ObserverMaster}. Times are monotonic, in milliseconds. */
export type ObserverMasterEvent =
  | { readonly type: "packet"; readonly learner: LearnerNumber; readonly packet: LearnerPacket }
  /** The observer has sent something else, such as a request of a client. */
  | { readonly type: "heard"; readonly learner: LearnerNumber }
  /** The connection to the observer has ended. */
  | { readonly type: "gone"; readonly learner: LearnerNumber }
  /** The leader has proposed the next record. */
  | { readonly type: "proposed"; readonly record: TxnRecord }
  /** The leader has committed all records up to `zxid`. `designatedLeader` is set if the last one is a reconfiguration. */
  | { readonly type: "committed"; readonly zxid: bigint; readonly designatedLeader?: bigint | undefined }
  /** All records up to `zxid` are in this server's tree. */
  | { readonly type: "applied"; readonly zxid: bigint }
  /** Another configuration is active. */
  | { readonly type: "configured"; readonly configuration: EnsembleConfiguration }
  /** Comes twice in each tick. */
  | { readonly type: "tick"; readonly now: number }
  /** This server's process did not run for this time, before a tick. It does not count against the observers. */
  | { readonly type: "stalled"; readonly ms: number };

/** Effect that the shell executes, in the order given; with the meaning that it has for a leader. */
export type ObserverMasterEffect = Extract<LeaderEffect, { readonly type: "send" | "sync" | "disconnect" }>;

/**
 * Observer master of a follower (org.apache.zookeeper.server.quorum.ObserverMaster): gives observers the history of its leader,
 * as far as the leader has committed it. Exists while the follower serves. Takes events and returns effects; see SPEC.md.
 */
export class ObserverMaster {
  readonly #options: ObserverMasterOptions;
  readonly #proposals: Proposals;
  readonly #links = new LearnerLinks();
  readonly #output = new LeaderOutput();
  readonly #synchronizer: Synchronizer;
  #configuration: EnsembleConfiguration;
  #now: number;

  constructor(options: ObserverMasterOptions) {
    const { history, unapplied, committed, configuration, now } = options;
    this.#options = options;
    this.#configuration = configuration;
    this.#now = now;
    this.#proposals = new Proposals(history);
    for (const record of unapplied) this.#proposals.add(record);
    this.#proposals.commitTo(committed);
    this.#synchronizer = new Synchronizer(this.#proposals, this.#output);
  }

  /** Connections of all observers that have registered. */
  get observers(): readonly LearnerLink[] {
    return this.#links.all();
  }

  /** Takes an event. Returns the effects to execute, in order. */
  handle(event: ObserverMasterEvent): readonly ObserverMasterEffect[] {
    if ("learner" in event) this.#handleObserver(event);
    else this.#take(event);
    // Neither this class nor the synchronizer has others.
    return this.#output.take() as readonly ObserverMasterEffect[];
  }

  #handleObserver(event: Extract<ObserverMasterEvent, { learner: LearnerNumber }>): void {
    const { learner } = event;
    const input = event.type === "packet" ? event.packet.type : event.type;
    const state = this.#links.stateOf(learner);
    const treatment = linkTreatment(state, input);
    if (treatment === "ignore") return;
    if (treatment === "refuse") return this.#disconnect(learner, `it sent ${input} in the state ${state}`);
    const link = this.#links.get(learner);
    if (link !== undefined) link.heardAt = this.#now;
    if (event.type === "gone") return this.#links.remove(learner);
    if (event.type === "packet") this.#receive(learner, link, event.packet);
  }

  #receive(learner: LearnerNumber, link: LearnerLink | undefined, packet: LearnerPacket): void {
    if (packet.type === "learnerInfo") return this.#register(learner, packet);
    if (link === undefined) return;
    if (packet.type === "ack") return this.#onAck(link, packet.zxid);
    link.enter("acknowledged", this.#now);
    link.lastZxid = packet.lastZxid;
    this.#synchronize(link);
  }

  #take(event: Exclude<ObserverMasterEvent, { learner: LearnerNumber }>): void {
    switch (event.type) {
      case "proposed":
        return this.#proposals.add(event.record);
      case "committed":
        return this.#commit(event.zxid, event.designatedLeader);
      case "applied":
        this.#proposals.applyTo(event.zxid);
        for (const link of this.#links.all()) if (link.state === "acknowledged") this.#synchronize(link);
        return;
      case "configured":
        this.#configuration = event.configuration;
        return;
      case "tick":
        return this.#onTick(event.now);
      case "stalled":
        for (const link of this.#links.all()) link.postpone(event.ms);
        return;
      default:
        event satisfies never;
    }
  }

  #register(learner: LearnerNumber, info: Extract<LearnerPacket, { type: "learnerInfo" }>): void {
    const { id, epoch } = this.#options;
    const { version } = this.#configuration;
    if (info.role !== "observer") return this.#disconnect(learner, "it is no observer; followers follow the leader");
    const refusal = registrationRefusal(info, { id, version });
    if (refusal !== undefined) return this.#disconnect(learner, refusal);
    if (info.acceptedEpoch > epoch) {
      return this.#disconnect(learner, `it has accepted epoch ${info.acceptedEpoch}, which is later than ${epoch}`);
    }
    const link = new LearnerLink(learner, info, this.#now);
    const former = this.#links.add(link);
    if (former !== undefined) this.#disconnect(former.learner, `server ${info.id} has connected again`);
    link.enter("proposed", this.#now);
    this.#output.send([learner], { type: "leaderInfo", epoch });
  }

  #synchronize(link: LearnerLink): void {
    if (this.#isBehind(link) || !this.#synchronizer.synchronize(link, this.#now)) return;
    const configuration = this.#configuration.toString();
    this.#output.send([link.learner], { type: "newLeader", zxid: zxidOf(this.#options.epoch), configuration });
  }

  /**
   * Returns true if the observer has records of this epoch that are not applied here: the leader has committed them, since it
   * or another server gave them to an observer. A TRUNC would take them from clients that have read them.
   */
  #isBehind({ lastZxid }: LearnerLink): boolean {
    if (epochOf(lastZxid) !== this.#options.epoch || counterOf(lastZxid) === 0) return false;
    return lastZxid > this.#proposals.applied;
  }

  #onAck(link: LearnerLink, zxid: bigint): void {
    if (zxid === zxidOf(this.#options.epoch)) {
      if (link.state !== "synchronizing") return;
      this.#synchronizer.acknowledged(link);
      return this.#synchronizer.bringUpToDate(link, this.#now);
    }
    if (zxid > link.forwarded) {
      this.#disconnect(link.learner, `it acknowledged ${formatZxid(zxid)}, which no observer is asked for`);
    }
  }

  #commit(zxid: bigint, designatedLeader: bigint | undefined): void {
    for (const record of this.#proposals.commitTo(zxid)) {
      const isReconfiguration = designatedLeader !== undefined && record.header.zxid === zxid;
      const packet: LeaderPacket = isReconfiguration
        ? { type: "informAndActivate", record, designatedLeader }
        : { type: "inform", record };
      this.#output.send(this.#links.readyFor("observer", packet), packet);
    }
  }

  #onTick(now: number): void {
    this.#now = now;
    const { initLimitMs, syncLimitMs } = this.#options;
    for (const link of this.#links.all()) {
      const problem = link.overdue(now, initLimitMs, syncLimitMs);
      if (problem !== undefined) this.#disconnect(link.learner, problem);
    }
    const pinged = this.#links.all().filter(({ isForwarding }) => isForwarding);
    const learners = pinged.map(({ learner }) => learner);
    this.#output.send(learners, { type: "ping", zxid: this.#proposals.committed });
  }

  #disconnect(learner: LearnerNumber, message: string): void {
    this.#links.remove(learner);
    this.#output.emit({ type: "disconnect", learner, message });
  }
}
