import type { Random } from "@conclave/runtime";
import { formatServer, type ServerAddress } from "./server-address.js";
import { shuffled } from "./shuffled.js";

/** Servers to prefer after a change of the list, and their probability. */
interface Move {
  /** Servers that were in the previous list too. */
  readonly kept: ServerAddress[];
  readonly added: ServerAddress[];
  /** Probability with which one of `added` comes before one of `kept`. */
  readonly addedFirst: number;
}

/** Servers of a connect string in one order, which is random unless it is given, as an endless ring. */
export class HostRing {
  readonly #random: Random;
  readonly #order: "random" | "given";
  #servers: readonly ServerAddress[];
  #next = 0;
  #move: Move | undefined;

  constructor(servers: readonly ServerAddress[], random: Random, order: "random" | "given" = "random") {
    this.#random = random;
    this.#order = order;
    this.#servers = this.#inOrder(servers);
  }

  get size(): number {
    return this.#servers.length;
  }

  /** All servers, in their order. */
  get servers(): readonly ServerAddress[] {
    return this.#servers;
  }

  next(): ServerAddress {
    const preferred = this.#move === undefined ? undefined : this.#preferred(this.#move);
    if (preferred !== undefined) return preferred;
    this.#move = undefined;
    const server = this.#servers[this.#next]!;
    this.#next = (this.#next + 1) % this.#servers.length;
    return server;
  }

  /** Ends the preference that a change of the list caused: a server has accepted the session. */
  settle(): void {
    this.#move = undefined;
  }

  /**
   * Takes another list and returns true if a client of `current` should move. The decision is random, with
   * probabilities by which the clients are spread evenly over the new list and no more of them move than necessary
   * (ZOOKEEPER-1355, the rules of Java's StaticHostProvider). Without `current` every server is equally likely, and
   * nothing has to move.
   */
  update(servers: readonly ServerAddress[], current: ServerAddress | undefined): boolean {
    const before = new Set(this.#servers.map(formatServer));
    this.#servers = this.#inOrder(servers);
    this.#next = 0;
    this.#move = undefined;
    if (current === undefined) return false;
    const kept = this.#servers.filter((server) => before.has(formatServer(server)));
    const added = this.#servers.filter((server) => !before.has(formatServer(server)));
    const stays = this.#servers.some((server) => formatServer(server) === formatServer(current));
    const addedFirst = probabilityOfAdded(before.size, kept.length, added.length, stays);
    if (stays && this.#random.float() >= addedFirst) return false;
    this.#move = { kept, added, addedFirst: stays ? 1 : addedFirst };
    return true;
  }

  #inOrder(servers: readonly ServerAddress[]): readonly ServerAddress[] {
    return this.#order === "given" ? servers : shuffled(servers, this.#random);
  }

  #preferred({ kept, added, addedFirst }: Move): ServerAddress | undefined {
    const [first, second] = this.#random.float() < addedFirst ? [added, kept] : [kept, added];
    return first.shift() ?? second.shift();
  }
}

/**
 * Returns the probability with which a client moves to an added server. If its server `stays` in the list, it moves
 * with this probability, and otherwise keeps its server.
 */
function probabilityOfAdded(before: number, kept: number, added: number, stays: boolean): number {
  const now = kept + added;
  if (now > before) return stays ? 1 - before / now : 1;
  if (stays) return 0;
  // Clients of removed servers move to kept servers until those have their new, larger share.
  return 1 - (kept * (before - now)) / (now * (before - kept));
}
