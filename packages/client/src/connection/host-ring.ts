import type { Random } from "@conclave/runtime";
import type { ServerAddress } from "./server-address.js";
import { shuffled } from "./shuffled.js";

/** The servers of a connect string, in an order that chance decided once, one after the other without end. */
export class HostRing {
  readonly #servers: readonly ServerAddress[];
  #next = 0;

  constructor(servers: readonly ServerAddress[], random: Random) {
    this.#servers = shuffled(servers, random);
  }

  get size(): number {
    return this.#servers.length;
  }

  next(): ServerAddress {
    const server = this.#servers[this.#next]!;
    this.#next = (this.#next + 1) % this.#servers.length;
    return server;
  }
}
