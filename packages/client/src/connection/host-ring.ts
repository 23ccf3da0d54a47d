import type { Random } from "@conclave/runtime";
import { formatServer, type ServerAddress } from "./server-address.js";
import { shuffled } from "./shuffled.js";

/** Which servers to try first after the list has changed, and with what chance. */
interface Move {
  /** Servers of the list that were in the one before. */
  readonly kept: ServerAddress[];
  readonly added: ServerAddress[];
  /** The chance with which one of `added` comes before one of `kept`. */
  readonly addedFirst: number;
}

/** The servers of a connect string, in an order that chance decided once, one after the other without end. */
export class HostRing {
  readonly #random: Random;
  #servers: readonly ServerAddress[];
  #next = 0;
  #move: Move | undefined;

  constructor(servers: readonly ServerAddress[], random: Random) {
    this.#random = random;
    this.#servers = shuffled(servers, random);
  }

  get size(): number {
    return this.#servers.length;
  }

  /** All of them, in their order. */
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

  /** A server took the session: the change of the list is done. */
  settle(): void {
    this.#move = undefined;
  }

  /**
   * Takes another list, and tells whether a client of `current` should move: chance decides, so that among many clients
   * that do the same each server of the new list gets its share, and no more move than it takes (ZOOKEEPER-1355, the rules
   * of Java's StaticHostProvider). Without `current` every server is as likely as any other, and nothing is to be moved.
   */
  update(servers: readonly ServerAddress[], current: ServerAddress | undefined): boolean {
    const before = new Set(this.#servers.map(formatServer));
    this.#servers = shuffled(servers, this.#random);
    this.#next = 0;
    this.#move = undefined;
    if (current === undefined) return false;
    const kept = this.#servers.filter((server) => before.has(formatServer(server)));
    const added = this.#servers.filter((server) => !before.has(formatServer(server)));
    const stays = this.#servers.some((server) => formatServer(server) === formatServer(current));
    const addedFirst = chanceOfAdded(before.size, kept.length, added.length, stays);
    if (stays && this.#random.float() >= addedFirst) return false;
    this.#move = { kept, added, addedFirst: stays ? 1 : addedFirst };
    return true;
  }

  #preferred({ kept, added, addedFirst }: Move): ServerAddress | undefined {
    const [first, second] = this.#random.float() < addedFirst ? [added, kept] : [kept, added];
    return first.shift() ?? second.shift();
  }
}

/**
 * With what chance a client goes to one of the added servers: one whose server `stays` in the list leaves it with that
 * chance only, and otherwise stays.
 */
function chanceOfAdded(before: number, kept: number, added: number, stays: boolean): number {
  const now = kept + added;
  if (now > before) return stays ? 1 - before / now : 1;
  if (stays) return 0;
  // Of the clients of removed servers, as many go to kept ones as bring these up to their new, larger share.
  return 1 - (kept * (before - now)) / (now * (before - kept));
}
