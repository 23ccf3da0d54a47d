import { descending, medianFromTop, type QuorumSystem } from "./quorum-system.js";

/** Groups of servers and the weights of the servers in them (`group.N` and `weight.N`). */
export interface Hierarchy {
  /** Ids of servers by the number of their group. A server is in one group at most. */
  readonly groups: ReadonlyMap<bigint, readonly bigint[]>;
  /** Weights by id of server: whole numbers from 0 on. Each server of a group has one. */
  readonly weights: ReadonlyMap<bigint, number>;
}

interface Group {
  readonly voters: readonly bigint[];
  /** Of all servers of the group. */
  readonly weight: number;
}

/**
 * A group agrees when servers of more than half of its weight do; a quorum is more than half of the groups with a weight above
 * 0 (QuorumHierarchical). As in Apache, the weight of an observer in a group counts in the weight of the group, although it
 * never agrees.
 */
export class HierarchicalQuorums implements QuorumSystem {
  readonly #weights = new Map<bigint, number>();
  readonly #groups: readonly Group[];

  constructor(voters: Iterable<bigint>, { groups, weights }: Hierarchy) {
    for (const id of voters) this.#weights.set(id, weights.get(id) ?? 0);
    this.#groups = [...groups.values()]
      .map((ids) => ({
        voters: ids.filter((id) => this.#weights.has(id)),
        weight: ids.reduce((sum, id) => sum + (weights.get(id) ?? 0), 0),
      }))
      .filter(({ weight }) => weight > 0);
  }

  weightOf(id: bigint): number {
    return this.#weights.get(id) ?? 0;
  }

  isQuorum(ids: Iterable<bigint>): boolean {
    const agreed = new Set(ids);
    const groups = this.#groups.filter(({ voters, weight }) => {
      const votes = voters.reduce((sum, id) => (agreed.has(id) ? sum + this.weightOf(id) : sum), 0);
      return votes * 2 > weight;
    });
    return groups.length * 2 > this.#groups.length;
  }

  quorumPosition(positions: ReadonlyMap<bigint, bigint>): bigint {
    return medianFromTop(this.#groups.map((group) => this.#positionOf(group, positions)));
  }

  /** Returns the greatest position that more than half of the group's weight has reached. */
  #positionOf({ voters, weight }: Group, positions: ReadonlyMap<bigint, bigint>): bigint {
    const ranked = voters.map((id) => ({ position: positions.get(id) ?? 0n, weight: this.weightOf(id) }));
    ranked.sort((a, b) => descending(a.position, b.position));
    let reached = 0;
    for (const voter of ranked) {
      reached += voter.weight;
      if (reached * 2 > weight) return voter.position;
    }
    return 0n;
  }
}
