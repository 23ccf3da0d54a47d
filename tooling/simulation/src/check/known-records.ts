import { JuteWriter } from "@conclave/protocol";
import { type TxnRecord, writeTxnRecord } from "@conclave/server/simulation";
import { demand, zxidText } from "./violation.ts";

/** A record that a leader has proposed, whatever became of it. */
export interface KnownRecord {
  readonly zxid: bigint;
  readonly record: TxnRecord;
  /** Hash of its bytes. */
  readonly hash: number;
  /** The record before it in every log that has it; `undefined` for the first one. */
  readonly previous: KnownRecord | undefined;
  /** Number of the record among those that are committed, from 0; -1 while it is not. */
  index: number;
}

/**
 * All records that were ever appended to a log. A zxid means the same bytes after the same records in every log, so the last zxid
 * of a log says everything about it.
 */
export class KnownRecords {
  readonly #records = new Map<bigint, KnownRecord>();
  readonly #out = new JuteWriter();

  /** Returns the record of a zxid; `undefined` for 0, the empty log. */
  get(zxid: bigint): KnownRecord | undefined {
    const known = this.#records.get(zxid);
    demand(known !== undefined || zxid === 0n, () => `record ${zxidText(zxid)} was never proposed`);
    return known;
  }

  /** Takes a record that a member appends to a log with the last zxid `last`. */
  append(member: string, record: TxnRecord, last: bigint): KnownRecord {
    const { zxid } = record.header;
    const hash = this.#hashOf(record);
    const known = this.#records.get(zxid);
    if (known === undefined) {
      const added = { zxid, record, hash, previous: this.get(last), index: -1 };
      this.#records.set(zxid, added);
      return added;
    }
    demand(known.hash === hash, () => `${member} appends other bytes as ${zxidText(zxid)} than another member`);
    const previous = known.previous?.zxid ?? 0n;
    demand(
      previous === last,
      () => `${member} appends ${zxidText(zxid)} after ${zxidText(last)}, and others after ${zxidText(previous)}`,
    );
    return known;
  }

  /** Returns true if the log that ends with `last` has the record `zxid`. */
  contains(last: bigint, { zxid, index }: KnownRecord): boolean {
    let at = this.get(last);
    while (at !== undefined && at.zxid > zxid) {
      if (at.index >= 0 && index >= 0) return at.index >= index;
      at = at.previous;
    }
    return at?.zxid === zxid;
  }

  #hashOf(record: TxnRecord): number {
    this.#out.clear();
    writeTxnRecord(this.#out, record);
    let hash = 0x811c9dc5;
    for (const byte of this.#out.peek()) hash = Math.imul(hash ^ byte, 0x01000193);
    return hash >>> 0;
  }
}
