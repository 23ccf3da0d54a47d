import type { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import type { DecidedState } from "../../src/zab/election/election-event.js";
import { EMPTY_UNTRUSTED, type Vote } from "../../src/zab/election/vote.js";

/** Current epoch and last zxid on a disk. */
export interface History {
  readonly epoch: number;
  readonly zxid: bigint;
}

/** Observes all servers, and throws when a decision breaks an invariant of `election/SPEC.md`. */
export class ElectionRules {
  readonly #quorumsOf: (id: bigint) => QuorumSet;
  /** Histories of the servers that have voted, at that time, by vote. */
  readonly #casts = new Map<string, Map<bigint, History>>();
  /** Servers that have voted for a leader or decided for it, by leader. */
  readonly #supporters = new Map<bigint, Set<bigint>>();
  /** Servers that have decided, by vote. Others count their votes as well, in the same round. */
  readonly #decided = new Map<string, Set<bigint>>();
  readonly #led = new Set<bigint>();

  /** @param quorumsOf returns the configurations that a server has seen */
  constructor(quorumsOf: (id: bigint) => QuorumSet) {
    this.#quorumsOf = quorumsOf;
  }

  /** Notes the vote of a server that is looking. */
  cast(id: bigint, vote: Vote, history: History): void {
    if (history.zxid === EMPTY_UNTRUSTED && this.#isVoter(id)) {
      require(vote.zxid === EMPTY_UNTRUSTED, `${id} has an empty disk and voted ${keyOf(vote)}`);
      return;
    }
    const key = keyOf(vote);
    const casts = this.#casts.get(key) ?? new Map();
    this.#casts.set(key, casts.set(id, history));
    this.#supportersOf(vote.leader).add(id);
  }

  /** @param mayJoin true if the server may have joined an established ensemble, instead of electing a leader */
  decided(id: bigint, state: DecidedState, vote: Vote, mayJoin: boolean): void {
    const { leader } = vote;
    const quorums = this.#quorumsOf(id);
    require(quorums.canLead(leader), `${id} decided on ${leader}, which may not lead`);
    require((state === "leading") === (leader === id), `${id} decided to be ${state} with the leader ${leader}`);
    const isObserver = quorums.active.observers.has(id);
    require(isObserver === (state === "observing") || leader === id, `${id} decided to be ${state} against its role`);
    if (!mayJoin || !this.#isEstablished(id, leader, quorums)) this.#checkElected(vote, quorums);
    if (state === "leading") this.#led.add(id);
    this.#supportersOf(leader).add(id);
    const key = keyOf(vote);
    this.#decided.set(key, (this.#decided.get(key) ?? new Set()).add(id));
  }

  /** E1 and E2. */
  #checkElected(vote: Vote, quorums: QuorumSet): void {
    const casts = this.#casts.get(keyOf(vote)) ?? new Map<bigint, History>();
    const votes = new Set([...casts.keys(), ...(this.#decided.get(keyOf(vote)) ?? [])]);
    require(quorums.isQuorum(votes), `no quorum voted ${keyOf(vote)}, only ${[...votes]}`);
    for (const [id, { epoch, zxid }] of casts) {
      const own = BigInt(epoch);
      const isAhead = own > vote.peerEpoch || (own === vote.peerEpoch && zxid > vote.zxid);
      require(!isAhead || !this.#isVoter(id), `${id} voted ${keyOf(vote)}, and has epoch ${epoch} and zxid ${zxid}`);
    }
  }

  /** E3. */
  #isEstablished(id: bigint, leader: bigint, quorums: QuorumSet): boolean {
    const supporters = this.#supportersOf(leader);
    if (leader === id) return quorums.isQuorum(supporters);
    return this.#led.has(leader) && quorums.configurations.some((configuration) => configuration.isQuorum(supporters));
  }

  /** A server votes with its own history if it knows that it is a voter. */
  #isVoter(id: bigint): boolean {
    return this.#quorumsOf(id).voters.has(id);
  }

  #supportersOf(leader: bigint): Set<bigint> {
    const supporters = this.#supporters.get(leader) ?? new Set();
    this.#supporters.set(leader, supporters);
    return supporters;
  }
}

function keyOf({ leader, zxid, electionEpoch, peerEpoch }: Vote): string {
  return `for ${leader} with epoch ${peerEpoch} and zxid ${zxid} in round ${electionEpoch}`;
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
