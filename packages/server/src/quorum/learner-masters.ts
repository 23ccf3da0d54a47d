import { type Random, randomInt } from "@conclave/runtime";
import type { ServerAddress } from "../zab/configuration/member.js";
import type { QuorumSet } from "../zab/configuration/quorum-set.js";
import type { PortAddress } from "./network.js";

/** Address of a server that a learner can get its history from. */
export interface LearnerMaster extends PortAddress {
  readonly id: bigint;
}

/** Returns the addresses at which a server is to be dialed. */
export type Locate = (id: bigint, quorums: QuorumSet) => readonly ServerAddress[];

/** Returns the addresses of a server in the configurations. */
export const configuredAddresses: Locate = (id, quorums) => quorums.addressesOf(id);

/** Returns the addresses of the leader's quorum port. */
export function leaderAsMaster(leader: bigint, addresses: readonly ServerAddress[]): readonly LearnerMaster[] {
  return addresses.map(({ host, quorumPort }) => ({ id: leader, host, port: quorumPort }));
}

/** Attempts in which no observer master synchronized this observer, after which it connects to the leader itself. */
const ATTEMPTS = 3;

/**
 * Servers that an observer connects to if there is an `observerMasterPort`: the voters that follow, in a random order
 * (QuorumPeer.updateObserverMasterList). Beyond Apache: the last one that it was synchronized with comes first; the leader,
 * which has no such port, is left out; and its quorum port is used if no follower serves observers.
 */
export class LearnerMasters {
  readonly #port: number;
  readonly #random: Random;
  readonly #locate: Locate;
  /** Ids of voters, in the order of the attempts. */
  #order: bigint[] = [];
  #failures = 0;

  constructor(port: number, random: Random, locate: Locate = configuredAddresses) {
    this.#port = port;
    this.#random = random;
    this.#locate = locate;
  }

  /** True after an attempt without success. */
  get isExhausted(): boolean {
    return this.#failures > 0;
  }

  /** Returns the addresses to try, in this order and again from the start. */
  addresses(leader: bigint, quorums: QuorumSet): readonly LearnerMaster[] {
    this.#update(quorums);
    const followers = this.#order.filter((id) => id !== leader);
    if (followers.length === 0 || this.#failures >= ATTEMPTS)
      return leaderAsMaster(leader, this.#locate(leader, quorums));
    return followers.flatMap((id) => {
      const hosts = new Set(this.#locate(id, quorums).map(({ host }) => host));
      return [...hosts].map((host) => ({ id, host, port: this.#port }));
    });
  }

  /** Notes that the observer serves, synchronized by this server. */
  served(id: bigint): void {
    this.#failures = 0;
    if (this.#order.includes(id)) this.#order = [id, ...this.#order.filter((each) => each !== id)];
  }

  /** Notes an attempt that ended before the observer served. `id` is the server that it was connected to, if any. */
  failed(id: bigint | undefined): void {
    this.#failures = this.#failures >= ATTEMPTS ? 0 : this.#failures + 1;
    if (id !== undefined && this.#order.includes(id)) this.#order = [...this.#order.filter((each) => each !== id), id];
  }

  #update({ active }: QuorumSet): void {
    const { voters } = active;
    if (this.#order.length === voters.size && this.#order.every((id) => voters.has(id))) return;
    const rest = [...voters];
    this.#order = [];
    while (rest.length > 0) this.#order.push(...rest.splice(randomInt(this.#random, rest.length), 1));
  }
}
