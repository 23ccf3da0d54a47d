import type { TxnRecord } from "../../tree/txn.js";
import type { ZxidHistory } from "../sync/zxid-history.js";

/** Record that a leader has proposed, and whether it is committed. */
export interface Proposal {
  readonly record: TxnRecord;
  readonly isCommitted: boolean;
}

/** Records of a leader in zxid order, with the positions proposed, committed and applied. Keeps those that are not applied. */
export class Proposals {
  /** All records that are committed, applied or not. */
  readonly history: ZxidHistory;
  readonly #records: TxnRecord[] = [];
  /** Number of the records that are committed: the first ones. */
  #committedCount = 0;
  #applied: bigint;

  constructor(history: ZxidHistory) {
    this.history = history;
    this.#applied = history.last;
  }

  /** Zxid of the last record that was proposed. */
  get last(): bigint {
    return this.#records.at(-1)?.header.zxid ?? this.history.last;
  }

  /** Zxid of the last record that is committed. */
  get committed(): bigint {
    return this.history.last;
  }

  /** Zxid of the last record that is in the leader's tree, and so on its disk. */
  get applied(): bigint {
    return this.#applied;
  }

  /** True if not all proposals are committed. */
  get isOutstanding(): boolean {
    return this.#committedCount < this.#records.length;
  }

  add(record: TxnRecord): void {
    this.#records.push(record);
  }

  /** Moves {@link committed}. Returns the records that become committed, in order. */
  commitTo(zxid: bigint): TxnRecord[] {
    const from = this.#committedCount;
    let next = this.#records[from];
    while (next !== undefined && next.header.zxid <= zxid) {
      this.history.append(next.header.zxid);
      next = this.#records[++this.#committedCount];
    }
    return this.#records.slice(from, this.#committedCount);
  }

  /** Moves {@link applied}, not beyond {@link committed}. */
  applyTo(zxid: bigint): void {
    let count = 0;
    for (const { header } of this.#records) {
      if (header.zxid > zxid || count === this.#committedCount) break;
      this.#applied = header.zxid;
      count++;
    }
    this.#records.splice(0, count);
    this.#committedCount -= count;
  }

  /** Returns the records after `zxid` that are not applied, in order. */
  inFlightAfter(zxid: bigint): Proposal[] {
    return this.#records
      .map((record, i) => ({ record, isCommitted: i < this.#committedCount }))
      .filter(({ record }) => record.header.zxid > zxid);
  }
}
