import type { KnownRecords } from "./known-records.ts";
import { demand, zxidText } from "./violation.ts";

/** State of one member's disk as its process was promised it. It outlives the process. */
export class MemberDisk {
  readonly #name: string;
  readonly #known: KnownRecords;
  /** Last record that was appended. */
  last = 0n;
  /** Last record that a flush has promised to keep. */
  durable = 0n;
  /** Snapshot that is being installed, which replaces everything at one moment. */
  #installing: bigint | undefined;
  #acceptedEpoch = 0;
  #currentEpoch = 0;

  constructor(name: string, known: KnownRecords) {
    this.#name = name;
    this.#known = known;
  }

  /** Returns true if the record survives a loss of power. */
  keeps(zxid: bigint): boolean {
    return this.#known.contains(this.durable, this.#known.get(zxid)!);
  }

  flushed(zxid: bigint): void {
    if (zxid > this.durable) this.durable = zxid;
  }

  /** Records after `zxid` are being removed: nothing promises them any more. Returns a function that takes it back. */
  truncating(zxid: bigint): () => void {
    const former = this.durable;
    if (zxid < former) this.durable = zxid;
    return () => {
      this.durable = former;
    };
  }

  installing(zxid: bigint): void {
    this.#installing = zxid;
  }

  /** The log was replaced, and ends with this record now. All of it is durable. */
  replaced(zxid: bigint): void {
    this.#known.get(zxid);
    this.#installing = undefined;
    this.last = zxid;
    this.durable = zxid;
  }

  /** A process has recovered a log that ends with `last`: it must have everything that was promised. */
  recovered(last: bigint): void {
    const promised = this.#known.get(this.durable);
    const isKept = promised === undefined || this.#known.contains(last, promised) || last === this.#installing;
    demand(
      isKept,
      () => `${this.#name} recovers ${zxidText(last)}, but ${zxidText(this.durable)} was durable: records are lost`,
    );
    this.replaced(last);
  }

  /** The epochs on disk at some moment: they never go back. */
  sawEpochs(accepted: number, current: number): void {
    demand(
      accepted >= this.#acceptedEpoch && current >= this.#currentEpoch && current <= accepted,
      () =>
        `${this.#name} has the epochs ${accepted} and ${current} (accepted, current) after ${this.#acceptedEpoch} and ${this.#currentEpoch}`,
    );
    this.#acceptedEpoch = accepted;
    this.#currentEpoch = current;
  }
}
