/**
 * Decides which sets of voters are quorums. Any two quorums of a system have a voter in common, and a set that contains a
 * quorum is one. Ids of servers that are not voters count for nothing.
 */
export interface QuorumSystem {
  /** Returns the weight of a voter; 0 for any other server. A voter of weight 0 is never elected. */
  weightOf(id: bigint): number;
  /** Returns true if the servers with these ids are a quorum. An id that is given twice counts once. */
  isQuorum(ids: Iterable<bigint>): boolean;
  /**
   * Returns the greatest position that a quorum has reached, in one pass: the greatest z for which the servers with a position
   * of at least z are a quorum. A server without a position is at 0.
   */
  quorumPosition(positions: ReadonlyMap<bigint, bigint>): bigint;
}

/** A quorum is more than half of the voters (QuorumMaj). */
export class MajorityQuorums implements QuorumSystem {
  readonly #voters: readonly bigint[];
  readonly #isVoter: ReadonlySet<bigint>;

  constructor(voters: Iterable<bigint>) {
    this.#isVoter = new Set(voters);
    this.#voters = [...this.#isVoter];
  }

  weightOf(id: bigint): number {
    return this.#isVoter.has(id) ? 1 : 0;
  }

  isQuorum(ids: Iterable<bigint>): boolean {
    let votes = 0;
    for (const id of new Set(ids)) if (this.#isVoter.has(id)) votes++;
    return votes * 2 > this.#voters.length;
  }

  quorumPosition(positions: ReadonlyMap<bigint, bigint>): bigint {
    return medianFromTop(this.#voters.map((id) => positions.get(id) ?? 0n));
  }
}

/** Returns the greatest value that more than half of `values` have reached; 0 if there is none. */
export function medianFromTop(values: bigint[]): bigint {
  return values.sort(descending)[Math.floor(values.length / 2)] ?? 0n;
}

export function descending(a: bigint, b: bigint): number {
  return a > b ? -1 : 1;
}
