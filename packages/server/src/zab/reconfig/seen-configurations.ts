import { OpCode } from "@conclave/protocol";
import type { TxnRecord } from "../../tree/txn.js";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { QuorumSet } from "../configuration/quorum-set.js";

/**
 * Configurations that a server has seen in proposals and in NEWLEADER. The last of them must be on disk before the server
 * acknowledges it: after a restart it needs a quorum of it too (rule of ZOOKEEPER-1699).
 */
export class SeenConfigurations {
  #set: QuorumSet;
  readonly #byZxid = new Map<bigint, EnsembleConfiguration>();
  /** Zxids of the configurations that are being stored, in the order of the effects. */
  readonly #unstored: bigint[] = [];

  constructor(set: QuorumSet) {
    this.#set = set;
  }

  /** The active configuration, and the last one seen if it is newer. */
  get set(): QuorumSet {
    return this.#set;
  }

  /** Takes a configuration that was proposed with `zxid`. Returns true if it is newer than all before, and so has to be stored. */
  see(configuration: EnsembleConfiguration, zxid: bigint): boolean {
    this.#byZxid.set(zxid, configuration);
    if (configuration.version <= this.#set.lastSeen.version) return false;
    this.#set = this.#set.propose(configuration);
    this.#unstored.push(zxid);
    return true;
  }

  /** Marks the oldest configuration that is being stored as stored. */
  stored(): void {
    this.#unstored.shift();
  }

  /** Returns the greatest position up to `zxid` before every configuration that is not on disk yet. */
  limit(zxid: bigint): bigint {
    const [first] = this.#unstored;
    return first === undefined || zxid < first ? zxid : first - 1n;
  }

  /** Returns true if every configuration that was proposed with `zxid` or before is on disk. */
  isStoredUpTo(zxid: bigint): boolean {
    const [first] = this.#unstored;
    return first === undefined || zxid < first;
  }

  /** Returns the configuration that was proposed with `zxid`, and forgets it and those before it. */
  takeUpTo(zxid: bigint): EnsembleConfiguration | undefined {
    const configuration = this.#byZxid.get(zxid);
    for (const each of this.#byZxid.keys()) if (each <= zxid) this.#byZxid.delete(each);
    return configuration;
  }

  /** Makes a configuration the active one. Returns the one before; undefined if that is as new. */
  activate(configuration: EnsembleConfiguration): EnsembleConfiguration | undefined {
    const previous = this.#set.active;
    this.#set = this.#set.activate(configuration);
    return this.#set.active === previous ? undefined : previous;
  }
}

/**
 * Returns the configuration in a record that is a reconfiguration; undefined for any other record.
 *
 * @throws {ConfigurationError} Its text is invalid.
 */
export function configurationIn({ txn }: TxnRecord): EnsembleConfiguration | undefined {
  if (txn.type !== OpCode.reconfig) return undefined;
  return EnsembleConfiguration.parse(new TextDecoder().decode(txn.data ?? new Uint8Array()));
}
