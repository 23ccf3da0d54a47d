import { OpCode } from "@conclave/protocol";
import { EnsembleConfiguration, type TxnRecord } from "@conclave/server/simulation";
import { demand, zxidText } from "./violation.ts";

/** The configurations of an ensemble, as its members make them active. */
export class Configurations {
  #current: EnsembleConfiguration;
  readonly #texts = new Map<bigint, string>();
  /** Number of configurations that became active after the first one. */
  changes = 0;

  constructor(initial: EnsembleConfiguration) {
    this.#current = initial;
  }

  /** The newest configuration that is active on some member. */
  get current(): EnsembleConfiguration {
    return this.#current;
  }

  /** A member makes a configuration the active one. A version means the same configuration everywhere. */
  activated(member: string, configuration: EnsembleConfiguration): void {
    const { version } = configuration;
    const text = configuration.toString();
    const known = this.#texts.get(version) ?? text;
    demand(known === text, () => `${member} activates another configuration ${zxidText(version)} than others`);
    this.#texts.set(version, text);
    if (version <= this.#current.version) return;
    if (!configuration.hasSameMembers(this.#current)) this.changes++;
    this.#current = configuration;
  }

  /** Returns true if these disks are enough to commit a record: a reconfiguration needs the old and the new quorum. */
  isQuorum(ids: readonly bigint[], { txn }: TxnRecord): boolean {
    if (!this.#current.isQuorum(ids)) return false;
    if (txn.type !== OpCode.reconfig) return true;
    return EnsembleConfiguration.parse(new TextDecoder().decode(txn.data ?? new Uint8Array(0))).isQuorum(ids);
  }
}
