import type { TxnRecord } from "../../tree/txn.js";
import { counterOf, epochOf, formatZxid, zxidOf } from "../../tree/zxid.js";
import { ConfigurationError } from "../configuration/configuration-error.js";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { QuorumSet } from "../configuration/quorum-set.js";
import type { LeaderPacket, LearnerRole } from "../packets.js";
import { roleIn, staysLeader } from "../reconfig/roles.js";
import { configurationIn, SeenConfigurations } from "../reconfig/seen-configurations.js";
import type { LearnerEffect, LearnerEnd, LearnerEvent } from "./learner-events.js";
import { LearnerHistory } from "./learner-history.js";
import { type LearnerPhase, learnerTreatment } from "./learner-state.js";

export interface LearnerOptions {
  readonly id: bigint;
  readonly role: LearnerRole;
  /** Server that was elected. */
  readonly leader: bigint;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Zxid of the last record on disk; -1 if the history is lost, or if truncating it was impossible. */
  readonly lastZxid: bigint;
  readonly configurations: QuorumSet;
  /** If false, configurations in packets are ignored, as in Apache. */
  readonly reconfigEnabled: boolean;
  /** Time for each answer of the leader until this learner is up to date, in milliseconds. */
  readonly initLimitMs: number;
  /** Time between two packets of the leader after that, in milliseconds. */
  readonly syncLimitMs: number;
}

interface Activation {
  readonly configuration: EnsembleConfiguration;
  readonly designatedLeader: bigint | undefined;
}

/**
 * Follower or observer, from the connection to its leader until the end of that connection. Takes events and returns effects;
 * see SPEC.md. Nothing is acknowledged before it is durable, and nothing is committed before the leader is established.
 */
export class Learner {
  readonly #options: LearnerOptions;
  readonly #configurations: SeenConfigurations;
  #phase: LearnerPhase = "connecting";
  #effects: LearnerEffect[] = [];
  #epoch = 0;
  #history: LearnerHistory;
  /** Least zxid that the history has after the synchronization. */
  #syncedTo = 0n;
  /** Zxid that has to be durable before the current epoch is stored. */
  #flushTo = 0n;
  #durable = -1n;
  /** Events that wait for the end of a truncation or installation. */
  #held: LearnerEvent[] = [];
  /** Proposals that are to be acknowledged, in order. */
  #unacknowledged: bigint[] = [];
  /** Configurations to activate when the leader is established. */
  #activations: Activation[] = [];

  constructor(options: LearnerOptions) {
    this.#options = options;
    this.#configurations = new SeenConfigurations(options.configurations);
    this.#history = new LearnerHistory(options.lastZxid);
  }

  get phase(): LearnerPhase {
    return this.#phase;
  }

  /** Epoch that the leader has proposed; 0 before that. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Zxid of the last record that was appended, durable or not. */
  get lastZxid(): bigint {
    return this.#history.last;
  }

  /** Takes an event. Returns the effects to execute, in order; none after `end`. */
  handle(event: LearnerEvent): readonly LearnerEffect[] {
    this.#effects = [];
    this.#handle(event);
    return this.#effects;
  }

  #handle(event: LearnerEvent): void {
    const input = event.type === "packet" ? event.packet.type : event.type;
    switch (learnerTreatment(this.#phase, input)) {
      case "take":
        return this.#take(event);
      case "hold":
        this.#held.push(event);
        return;
      case "ignore":
        return;
      case "refuse":
        return this.#refuse(input);
    }
  }

  #take(event: LearnerEvent): void {
    switch (event.type) {
      case "connected":
        return this.#register();
      case "packet":
        return this.#receive(event.packet);
      case "acceptedEpochStored":
        return this.#acknowledgeEpoch(this.#options.currentEpoch);
      case "seenConfigurationStored":
        this.#configurations.stored();
        return this.#onProgress();
      case "truncated":
        return this.#onTruncated(event.lastZxid);
      case "snapshotInstalled":
        return this.#onInstalled(event.zxid);
      case "durable":
        if (event.zxid > this.#durable) this.#durable = event.zxid;
        return this.#onProgress();
      case "currentEpochStored":
        this.#send({ type: "ack", zxid: zxidOf(this.#epoch) });
        this.#phase = "awaitingUpToDate";
        return;
      case "readTimedOut":
        return this.#end("leader-silent", "the leader sent nothing within the time limit");
      case "disconnected":
        return this.#end("connection-lost", `the connection to the leader was lost: ${event.cause}`);
      case "storageFailed":
        return this.#end("storage-failed", `the disk failed: ${event.cause}`);
      default:
        event satisfies never;
    }
  }

  #receive(packet: LeaderPacket): void {
    switch (packet.type) {
      case "leaderInfo":
        return this.#acceptEpoch(packet.epoch);
      case "diff":
      case "trunc":
        return this.#syncFromHistory(packet.type, packet.zxid);
      case "snap":
        this.#syncedTo = packet.zxid;
        return this.#store("installing", { type: "installSnapshot", zxid: packet.zxid });
      case "proposal":
        return this.#append(packet.record);
      case "commit":
        return this.#commit(packet.zxid);
      case "commitAndActivate":
        return this.#commitAndActivate(packet.zxid, packet.designatedLeader);
      case "inform":
        return this.#inform(packet.record);
      case "informAndActivate":
        this.#inform(packet.record);
        return this.#commitAndActivate(packet.record.header.zxid, packet.designatedLeader);
      case "newLeader":
        return this.#persistHistory(packet.zxid, packet.configuration);
      case "upToDate":
        return this.#start();
      case "ping":
        return this.#emit({ type: "answerPing", zxid: packet.zxid });
      case "sync":
      case "revalidate":
        return this.#emit({ type: "deliver", packet });
      default:
        packet satisfies never;
    }
  }

  #register(): void {
    const { id, role, acceptedEpoch, initLimitMs } = this.#options;
    this.#emit({ type: "setReadTimeout", ms: initLimitMs });
    const configurationVersion = this.#configurations.set.active.version;
    this.#send({ type: "learnerInfo", id, role, acceptedEpoch, configurationVersion });
    this.#phase = "registering";
  }

  #acceptEpoch(epoch: number): void {
    const { acceptedEpoch } = this.#options;
    this.#epoch = epoch;
    if (epoch > acceptedEpoch) this.#store("acceptingEpoch", { type: "storeAcceptedEpoch", epoch });
    else if (epoch === acceptedEpoch) this.#acknowledgeEpoch(undefined);
    else this.#end("stale-leader", `the leader proposed epoch ${epoch} after this server accepted ${acceptedEpoch}`);
  }

  #acknowledgeEpoch(currentEpoch: number | undefined): void {
    const { lastZxid } = this.#options;
    // A server without its history promises nothing, so no leader has to compare its epoch.
    this.#send({ type: "ackEpoch", currentEpoch: lastZxid < 0n ? undefined : currentEpoch, lastZxid });
    this.#phase = "awaitingSync";
  }

  #syncFromHistory(mode: "diff" | "trunc", zxid: bigint): void {
    if (this.#history.last < 0n) return this.#refuse(`${mode} for a lost history`);
    this.#syncedTo = zxid;
    if (mode === "diff") this.#startReceiving(this.#history.last);
    else this.#store("truncating", { type: "truncate", zxid });
  }

  #startReceiving(lastZxid: bigint): void {
    this.#history = new LearnerHistory(lastZxid);
    this.#phase = "receiving";
    for (const event of this.#held.splice(0)) this.#handle(event);
  }

  #onTruncated(lastZxid: bigint): void {
    const asked = this.#syncedTo;
    if (lastZxid === asked) return this.#startReceiving(lastZxid);
    const message = `the log cannot be truncated after ${formatZxid(asked)}; it ends at ${formatZxid(lastZxid)}`;
    this.#end("truncation-refused", message);
  }

  #onInstalled(zxid: bigint): void {
    if (zxid === this.#syncedTo) return this.#startReceiving(zxid);
    const message = `the leader sent a snapshot of ${formatZxid(zxid)} instead of ${formatZxid(this.#syncedTo)}`;
    this.#end("protocol-error", message);
  }

  #append(record: TxnRecord): void {
    const { zxid } = record.header;
    if (!this.#see(() => configurationIn(record), zxid)) return;
    const result = this.#history.append(zxid);
    if (result === "duplicate") return;
    if (result === "gap") return this.#endByGap(`record ${formatZxid(zxid)}`, this.#history.last);
    this.#emit({ type: "append", record });
    if (this.#options.role === "follower") this.#unacknowledged.push(zxid);
    if (this.#phase !== "receiving") this.#emit({ type: "flush", zxid });
  }

  #commit(zxid: bigint, designatedLeader?: bigint): void {
    const result = this.#history.commit(zxid);
    if (result === "gap") return this.#endByGap(`the commit of ${formatZxid(zxid)}`, this.#history.committed);
    if (result !== "committed" || this.#phase !== "broadcasting") return;
    this.#emit(designatedLeader === undefined ? { type: "commit", zxid } : { type: "commit", zxid, designatedLeader });
  }

  /** Takes a committed record. An earlier packet may have had it as a proposal. */
  #inform(record: TxnRecord): void {
    if (this.#options.role === "follower") return this.#refuse("inform to a follower");
    this.#append(record);
    if (!this.#hasEnded()) this.#commit(record.header.zxid);
  }

  #commitAndActivate(zxid: bigint, designatedLeader: bigint): void {
    if (this.#hasEnded()) return;
    this.#commit(zxid, designatedLeader);
    const configuration = this.#configurations.takeUpTo(zxid);
    if (configuration === undefined || this.#hasEnded()) return;
    if (this.#phase === "broadcasting") this.#activate({ configuration, designatedLeader });
    else this.#activations.push({ configuration, designatedLeader });
  }

  #persistHistory(zxid: bigint, text: string | undefined): void {
    if (zxid !== zxidOf(this.#epoch)) {
      const message = `the leader sent NEWLEADER ${formatZxid(zxid)} after it proposed epoch ${this.#epoch}`;
      return this.#end("protocol-error", message);
    }
    const { last, committed } = this.#history;
    if (last < this.#syncedTo) return this.#endByGap(`NEWLEADER after a sync to ${formatZxid(this.#syncedTo)}`, last);
    // An empty text comes from a leader that does not send configurations.
    const parse = () => (text === undefined || text.length <= 1 ? undefined : EnsembleConfiguration.parse(text));
    if (!this.#see(parse, zxid)) return;
    const configuration = this.#configurations.takeUpTo(zxid);
    if (configuration !== undefined) this.#activations.unshift({ configuration, designatedLeader: undefined });
    // What the leader has committed already needs no acknowledgement.
    this.#unacknowledged = this.#unacknowledged.filter((each) => each > committed);
    this.#flushTo = last;
    this.#store("persisting", { type: "flush", zxid: last });
  }

  #onProgress(): void {
    if (this.#phase === "persisting") this.#storeEpochIfPersisted();
    if (this.#phase === "broadcasting") this.#acknowledgeProposals();
  }

  #storeEpochIfPersisted(): void {
    if (this.#durable < this.#flushTo || !this.#configurations.isStoredUpTo(zxidOf(this.#epoch))) return;
    this.#store("storingEpoch", { type: "storeCurrentEpoch", epoch: this.#epoch });
  }

  #start(): void {
    this.#phase = "broadcasting";
    this.#emit({ type: "setReadTimeout", ms: this.#options.syncLimitMs });
    this.#emit({ type: "commit", zxid: this.#history.committed });
    for (const each of this.#activations.splice(0)) {
      if (this.#isCommitted(each.configuration)) this.#activate(each);
      if (this.#hasEnded()) return;
    }
    this.#send({ type: "ack", zxid: zxidOf(this.#epoch) });
    this.#emit({ type: "serve", epoch: this.#epoch });
    this.#acknowledgeProposals();
  }

  /** Acknowledges each proposal that is durable. Apache's leaders need an ACK for each zxid. */
  #acknowledgeProposals(): void {
    const isReady = (zxid: bigint) => zxid <= this.#durable && this.#configurations.isStoredUpTo(zxid);
    while (this.#unacknowledged[0] !== undefined && isReady(this.#unacknowledged[0])) {
      this.#send({ type: "ack", zxid: this.#unacknowledged.shift()! });
    }
  }

  /** Takes a configuration, and has it stored if it is newer. Returns false if its text is invalid; then the learner has ended. */
  #see(parse: () => EnsembleConfiguration | undefined, zxid: bigint): boolean {
    if (!this.#options.reconfigEnabled) return true;
    try {
      const configuration = parse();
      if (configuration !== undefined && this.#configurations.see(configuration, zxid)) {
        this.#emit({ type: "storeSeenConfiguration", configuration });
      }
      return true;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#end(
        "protocol-error",
        `the leader sent an invalid configuration with ${formatZxid(zxid)}: ${error.message}`,
      );
      return false;
    }
  }

  /**
   * Apache's leaders also send a configuration in NEWLEADER that is only proposed. Its version is the zxid of its record, so it
   * is activated by the commit of that record.
   */
  #isCommitted({ version }: EnsembleConfiguration): boolean {
    return epochOf(version) !== this.#epoch || counterOf(version) === 0 || version <= this.#history.committed;
  }

  #activate({ configuration, designatedLeader }: Activation): void {
    const previous = this.#configurations.activate(configuration);
    if (previous === undefined) return;
    this.#emit({ type: "activateConfiguration", configuration, designatedLeader });
    if (configuration.hasSameMembers(previous)) return;
    const { id, role, leader } = this.#options;
    if (roleIn(configuration, id) !== role) this.#end("reconfigured", `server ${id} is no ${role} any more`);
    else if (
      designatedLeader === undefined ? !staysLeader(leader, previous, configuration) : designatedLeader !== leader
    ) {
      this.#end("reconfigured", `server ${leader} does not lead the new configuration`);
    }
  }

  #store(phase: LearnerPhase, effect: LearnerEffect): void {
    this.#phase = phase;
    this.#emit(effect);
  }

  #send(packet: Extract<LearnerEffect, { type: "send" }>["packet"]): void {
    this.#emit({ type: "send", packet });
  }

  #emit(effect: LearnerEffect): void {
    this.#effects.push(effect);
  }

  #hasEnded(): boolean {
    return this.#phase === "ended";
  }

  #refuse(found: string): void {
    this.#end("protocol-error", `the leader sent ${found} in the phase ${this.#phase}`);
  }

  #endByGap(found: string, last: bigint): void {
    this.#end("history-gap", `the leader sent ${found}, which does not follow ${formatZxid(last)}`);
  }

  #end(reason: LearnerEnd, message: string): void {
    this.#phase = "ended";
    this.#held = [];
    this.#emit({ type: "end", reason, message });
  }
}
