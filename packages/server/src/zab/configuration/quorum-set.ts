import type { EnsembleConfiguration } from "./ensemble-configuration.js";
import type { ServerAddress } from "./member.js";
import { descending, type QuorumSystem } from "./quorum-system.js";

/**
 * Quorums of an ensemble during a reconfiguration: the active configuration and, while it is newer, the one that was proposed
 * last. A quorum in each of them is needed. Immutable.
 */
export class QuorumSet implements Pick<QuorumSystem, "isQuorum" | "quorumPosition"> {
  /** The last configuration that was committed. */
  readonly active: EnsembleConfiguration;
  /** The last configuration that was proposed, if it is newer than the active one. */
  readonly proposed: EnsembleConfiguration | undefined;
  /** The active configuration, then the proposed one. */
  readonly configurations: readonly EnsembleConfiguration[];
  /** Ids of the voters of any of the configurations. */
  readonly voters: ReadonlySet<bigint>;

  /** @param proposed ignored if it is not newer than `active` */
  constructor(active: EnsembleConfiguration, proposed?: EnsembleConfiguration) {
    this.active = active;
    this.proposed = proposed !== undefined && proposed.version > active.version ? proposed : undefined;
    this.configurations = this.proposed === undefined ? [active] : [active, this.proposed];
    this.voters = new Set(this.configurations.flatMap(({ voters }) => [...voters]));
  }

  /** The newest configuration: the proposed one, or else the active one. */
  get lastSeen(): EnsembleConfiguration {
    return this.proposed ?? this.active;
  }

  /** Returns true if the servers with these ids are a quorum of each configuration. */
  isQuorum(ids: Iterable<bigint>): boolean {
    const each = new Set(ids);
    return this.configurations.every((configuration) => configuration.isQuorum(each));
  }

  /** Returns the greatest position that a quorum of each configuration has reached. */
  quorumPosition(positions: ReadonlyMap<bigint, bigint>): bigint {
    const reached = this.configurations.map((configuration) => configuration.quorumPosition(positions));
    return reached.sort(descending).at(-1)!;
  }

  /** Returns true if the server may be elected: it is a voter, and its weight in the active configuration is not 0. */
  canLead(id: bigint): boolean {
    const configuration = this.active.voters.has(id) ? this.active : this.lastSeen;
    return configuration.weightOf(id) > 0;
  }

  /** Returns true if the server is a voter or an observer of any of the configurations. */
  isMember(id: bigint): boolean {
    return this.configurations.some(({ members }) => members.has(id));
  }

  /** Returns the addresses of a server: those of the active configuration, then those of the proposed one that differ. */
  addressesOf(id: bigint): readonly ServerAddress[] {
    const all = this.configurations.flatMap(({ members }) => members.get(id)?.addresses ?? []);
    const shown = all.map(({ host, quorumPort, electionPort }) => `${host}:${quorumPort}:${electionPort}`);
    return all.filter((_, index) => shown.indexOf(shown[index]!) === index);
  }

  /** Returns the addresses at which this server is to be reached now: those of the active configuration, if it is in that one. */
  ownAddresses(id: bigint): readonly ServerAddress[] {
    return this.active.members.get(id)?.addresses ?? this.addressesOf(id);
  }

  /** Returns the set after a configuration was proposed. */
  propose(configuration: EnsembleConfiguration): QuorumSet {
    return new QuorumSet(this.active, configuration);
  }

  /** Returns the set after a configuration was committed. The active one never becomes older. */
  activate(configuration: EnsembleConfiguration): QuorumSet {
    if (configuration.version <= this.active.version) return this;
    return new QuorumSet(configuration, this.proposed);
  }
}
