import { MachineMemory } from "./machine-memory.ts";
import { keyOf } from "./message.ts";
import type { Mistake } from "./mistakes.ts";
import {
  type Budget,
  type Connection,
  EMPTY_SERVER,
  type ModelState,
  queuesKey,
  type ServerState,
  serverKey,
} from "./model-state.ts";
import { Parts } from "./parts.ts";
import { RENAMINGS, type Renaming, renamedConnection, renamedServer } from "./renaming.ts";
import { textHash } from "./text-hash.ts";

export interface ModelOptions {
  /** No leader proposes a later epoch. */
  readonly epochs: number;
  readonly mistake: Mistake | undefined;
  /** States that differ only by the names of the servers are the same. */
  readonly isSymmetric: boolean;
}

/** Three servers, the parts that their states consist of, and the hashes of states. */
export class Model {
  readonly epochs: number;
  readonly mistake: Mistake | undefined;
  readonly memory: MachineMemory;
  readonly servers: Parts<ServerState>;
  readonly connections: Parts<Connection>;
  readonly #renamings: readonly Renaming[];
  readonly #others = new Map<string, readonly [number, number]>();

  constructor({ epochs, mistake, isSymmetric }: ModelOptions) {
    this.epochs = epochs;
    this.mistake = mistake;
    this.memory = new MachineMemory(mistake === "one copy is a majority");
    this.#renamings = isSymmetric ? RENAMINGS : RENAMINGS.slice(0, 1);
    this.servers = new Parts((server, renaming) => {
      const { id, machine } = server;
      const renamed = machine === undefined ? undefined : this.memory.renamed(machine, renaming);
      return `${renamedServer(id, renaming)} ${serverKey(server, renamed)}`;
    }, this.#renamings);
    this.connections = new Parts((connection, renaming) => {
      const { number, leader, learner } = connection;
      const ends = [
        renamedConnection(number, renaming),
        renamedServer(leader, renaming),
        renamedServer(learner, renaming),
      ];
      return `${ends} ${queuesKey(connection)}`;
    }, this.#renamings);
  }

  initialState(left: Budget): ModelState {
    const servers = [1, 2, 3].map((id) => this.servers.of({ id, ...EMPTY_SERVER }));
    return { servers, connections: [], left, facts: { commits: [], leaders: [] } };
  }

  /** Returns a hash of 64 bits: the least one of the same state with other names of the servers. */
  hashOf({ servers, connections, left, facts }: ModelState): readonly [high: number, low: number] {
    const [otherHigh, otherLow] = this.#hashOfOthers(left, facts);
    let [high, low] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let at = 0; at < 2 * this.#renamings.length; at += 2) {
      let [nextHigh, nextLow] = [otherHigh, otherLow];
      for (const { hashes } of servers) [nextHigh, nextLow] = [nextHigh + hashes[at]!, nextLow + hashes[at + 1]!];
      for (const { hashes } of connections) [nextHigh, nextLow] = [nextHigh + hashes[at]!, nextLow + hashes[at + 1]!];
      [nextHigh, nextLow] = [nextHigh >>> 0, nextLow >>> 0];
      if (nextHigh < high || (nextHigh === high && nextLow < low)) [high, low] = [nextHigh, nextLow];
    }
    return [high, low];
  }

  close(): void {
    this.memory.close();
  }

  #hashOfOthers(left: Budget, facts: ModelState["facts"]): readonly [number, number] {
    const key = `${left.transactions} ${left.crashes} ${left.cuts} ${factsKey(facts)}`;
    let hash = this.#others.get(key);
    if (hash === undefined) {
      hash = textHash(key);
      this.#others.set(key, hash);
    }
    return hash;
  }
}

const factsKeys = new WeakMap<object, string>();

function factsKey(facts: ModelState["facts"]): string {
  let key = factsKeys.get(facts);
  if (key === undefined) {
    key = keyOf(facts);
    factsKeys.set(facts, key);
  }
  return key;
}
