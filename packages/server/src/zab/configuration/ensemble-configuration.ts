import { type ConfigurationParts, configurationText, parseConfigurationText } from "./configuration-text.js";
import { HierarchicalQuorums } from "./hierarchical-quorums.js";
import type { Member } from "./member.js";
import { MajorityQuorums, type QuorumSystem } from "./quorum-system.js";

/** Members of an ensemble and its quorums, at one version. Immutable. */
export class EnsembleConfiguration implements QuorumSystem {
  /** Zxid of the transaction that made it; 0 for a configuration that was only read from a file. */
  readonly version: bigint;
  /** All members by id. */
  readonly members: ReadonlyMap<bigint, Member>;
  /** Ids of the participants. */
  readonly voters: ReadonlySet<bigint>;
  /** Ids of the observers. */
  readonly observers: ReadonlySet<bigint>;
  readonly #parts: ConfigurationParts;
  readonly #quorums: QuorumSystem;

  constructor(parts: ConfigurationParts) {
    this.#parts = parts;
    this.version = parts.version;
    this.members = new Map(parts.members.map((member) => [member.id, member]));
    const idsOf = (role: Member["role"]) => parts.members.filter((member) => member.role === role).map(({ id }) => id);
    this.voters = new Set(idsOf("participant"));
    this.observers = new Set(idsOf("observer"));
    this.#quorums =
      parts.hierarchy === undefined
        ? new MajorityQuorums(this.voters)
        : new HierarchicalQuorums(this.voters, parts.hierarchy);
  }

  /**
   * Reads Apache's text, as in `/zookeeper/config`, in dynamic configuration files and in notifications of the election.
   *
   * @throws {ConfigurationError} The text is invalid; the message names the line.
   */
  static parse(text: string): EnsembleConfiguration {
    return new EnsembleConfiguration(parseConfigurationText(text));
  }

  /** True if quorums are not plain majorities. */
  get hasGroups(): boolean {
    return this.#parts.hierarchy !== undefined;
  }

  weightOf(id: bigint): number {
    return this.#quorums.weightOf(id);
  }

  isQuorum(ids: Iterable<bigint>): boolean {
    return this.#quorums.isQuorum(ids);
  }

  quorumPosition(positions: ReadonlyMap<bigint, bigint>): bigint {
    return this.#quorums.quorumPosition(positions);
  }

  /** Returns the same members and quorums at another version. */
  withVersion(version: bigint): EnsembleConfiguration {
    return new EnsembleConfiguration({ ...this.#parts, version });
  }

  /** Returns true if both have the same members, with the same roles and addresses, and the same groups and weights. */
  hasSameMembers(other: EnsembleConfiguration): boolean {
    return this.withVersion(0n).toString() === other.withVersion(0n).toString();
  }

  /** Returns exactly Apache's text, which {@link EnsembleConfiguration.parse} reads. It has no line feed at the end. */
  toString(): string {
    return configurationText(this.#parts);
  }
}
