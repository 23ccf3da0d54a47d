import type { TxnRecord } from "../../tree/txn.js";
import { formatZxid } from "../../tree/zxid.js";
import { ConfigurationError } from "../configuration/configuration-error.js";
import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { LeaderPacket } from "../packets.js";
import { staysLeader } from "../reconfig/roles.js";
import { configurationIn, type SeenConfigurations } from "../reconfig/seen-configurations.js";
import type { LeaderOutput } from "./leader-output.js";
import type { LearnerLinks } from "./learner-links.js";
import type { Proposals } from "./proposals.js";
import { SyncRequests } from "./sync-requests.js";

export interface BroadcastOptions {
  readonly id: bigint;
  readonly reconfigEnabled: boolean;
  readonly configurations: SeenConfigurations;
  readonly proposals: Proposals;
  readonly links: LearnerLinks;
  readonly output: LeaderOutput;
}

/** Proposals and commits of a leader, and the reconfigurations among them. */
export class Broadcast {
  readonly #options: BroadcastOptions;
  #durable = -1n;
  #hasResigned = false;
  /** Last zxid that this server was asked to apply. */
  #committedHere = -1n;
  readonly syncs: SyncRequests;

  constructor(options: BroadcastOptions) {
    this.#options = options;
    const { id, configurations } = options;
    this.syncs = new SyncRequests({
      ...options,
      commit: (zxid) => this.#commitHere(zxid),
      isVoter: (each) => configurations.set.voters.has(each),
      isQuorum: (others) => configurations.set.isQuorum([id, ...others]),
    });
  }

  /** All records up to this zxid are on this server's disk. */
  get durable(): bigint {
    return this.#durable;
  }

  /** Zxid of the reconfiguration that is proposed and not committed: the version of its configuration. */
  get #reconfigZxid(): bigint | undefined {
    return this.#options.configurations.set.proposed?.version;
  }

  /** True after a configuration became active that this server does not lead. Nothing is committed from then on. */
  get hasResigned(): boolean {
    return this.#hasResigned;
  }

  /** Commits the whole history, once a quorum has it. */
  commitHistory(): void {
    this.#commitHere(this.#options.proposals.committed);
  }

  durableTo(zxid: bigint): void {
    if (zxid > this.#durable) this.#durable = zxid;
  }

  /** Takes a configuration, and has it stored if it is newer than all before. */
  see(configuration: EnsembleConfiguration): void {
    const { configurations, output } = this.#options;
    if (!configurations.see(configuration, configuration.version)) return;
    output.emit({ type: "storeSeenConfiguration", configuration });
  }

  /** Sends the record to all followers that are synchronized or will be. Returns the problem if the record is invalid. */
  propose(record: TxnRecord, now: number): string | undefined {
    const { reconfigEnabled, proposals, links, output } = this.#options;
    const problem = reconfigEnabled ? this.#seeReconfiguration(record) : undefined;
    if (problem !== undefined) return problem;
    const { zxid } = record.header;
    proposals.add(record);
    const followers = links.all().filter((link) => link.role === "follower" && link.isForwarding);
    for (const link of followers) link.forwardedTo(zxid, now);
    // Before the leader's own flush, so that all disks work at the same time.
    const learners = followers.map(({ learner }) => learner);
    output.send(learners, { type: "proposal", record });
    output.emit({ type: "append", record });
    output.emit({ type: "flush", zxid });
    return undefined;
  }

  #seeReconfiguration(record: TxnRecord): string | undefined {
    const { zxid } = record.header;
    try {
      const configuration = configurationIn(record);
      if (configuration === undefined) return undefined;
      const pending = this.#reconfigZxid;
      if (pending !== undefined) return `it came before ${formatZxid(pending)} was committed`;
      if (configuration.version !== zxid)
        return `its configuration has the version ${formatZxid(configuration.version)}`;
      this.see(configuration);
      return undefined;
    } catch (error) {
      if (error instanceof ConfigurationError) return error.message;
      throw error;
    }
  }

  /** Commits what enough servers have on their disks. */
  advance(): void {
    // After a reconfiguration other quorums decide on the records that follow it.
    while (this.#commitTo(this.#commitTarget()) && !this.#hasResigned);
    this.syncs.settle();
  }

  /** Returns the zxid up to which records can be committed now. A reconfiguration needs a quorum of both configurations. */
  #commitTarget(): bigint {
    const { id, configurations, links } = this.#options;
    const positions = new Map<bigint, bigint>([[id, configurations.limit(this.#durable)]]);
    // Only of servers that are connected: one that comes back may have to truncate what it acknowledged before.
    for (const link of links.all()) {
      if (link.role === "follower" && link.isSynchronized) positions.set(link.id, link.acked);
    }
    const { active, proposed } = configurations.set;
    const reached = active.quorumPosition(positions);
    if (proposed === undefined || reached < proposed.version) return reached;
    const pending = proposed.version;
    return proposed.quorumPosition(positions) < pending ? pending - 1n : pending;
  }

  /** Commits records up to a zxid. Returns true if the last of them is a reconfiguration. */
  #commitTo(target: bigint): boolean {
    const { proposals } = this.#options;
    const records = proposals.commitTo(target);
    if (records.length === 0) return false;
    const reconfig = records.at(-1)!.header.zxid === this.#reconfigZxid ? records.pop() : undefined;
    for (const record of records) {
      const { zxid } = record.header;
      // The record may be a later write of the same client, and learners answer each client in the order of its requests.
      this.syncs.beforeCommit(zxid);
      this.#send("follower", { type: "commit", zxid });
      this.#send("observer", { type: "inform", record });
    }
    if (reconfig !== undefined) this.syncs.beforeCommit(reconfig.header.zxid);
    this.#commitHere(proposals.committed);
    if (reconfig !== undefined) this.#commitReconfiguration(reconfig);
    return reconfig !== undefined;
  }

  #commitHere(zxid: bigint): void {
    if (zxid <= this.#committedHere) return;
    this.#committedHere = zxid;
    this.#options.output.emit({ type: "commit", zxid });
  }

  #commitReconfiguration(record: TxnRecord): void {
    const { zxid } = record.header;
    const next = this.#options.configurations.set.lastSeen;
    const designatedLeader = this.#designatedLeader(next);
    this.#send("follower", { type: "commitAndActivate", zxid, designatedLeader });
    this.#send("observer", { type: "informAndActivate", record, designatedLeader });
    this.activate(next);
  }

  /** Makes a configuration the active one. */
  activate(configuration: EnsembleConfiguration): void {
    const { id, configurations, output } = this.#options;
    const designatedLeader = this.#designatedLeader(configuration);
    configurations.activate(configuration);
    output.emit({ type: "activateConfiguration", configuration, designatedLeader });
    this.#hasResigned = designatedLeader !== id;
  }

  /** Returns this server if it stays the leader, or else the synchronized voter with the longest history. */
  #designatedLeader(next: EnsembleConfiguration): bigint {
    const { id, configurations, links } = this.#options;
    if (staysLeader(id, configurations.set.active, next)) return id;
    let [best, acked] = [id, -1n];
    for (const link of links.all()) {
      if (!link.isSynchronized || !next.voters.has(link.id) || link.acked <= acked) continue;
      [best, acked] = [link.id, link.acked];
    }
    return best;
  }

  #send(role: "follower" | "observer", packet: LeaderPacket): void {
    const { links, output } = this.#options;
    output.send(links.readyFor(role, packet), packet);
  }
}
