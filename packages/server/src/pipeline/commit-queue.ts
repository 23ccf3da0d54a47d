import { ErrorCode, OpCode } from "@conclave/protocol";
import type { TxnRecord, TxnResult } from "../tree/txn.js";
import type { Waiter } from "./write-request.js";

export interface CommitQueueOptions {
  /** Zxid of the last applied transaction. */
  readonly lastZxid: bigint;
  /** Applies a record to the tree and whatever follows it. */
  readonly apply: (record: TxnRecord) => TxnResult;
  /** Called after one or more records were applied and their waiters called, with the number of records. */
  readonly onAdvanced: (count: number) => void;
}

interface Entry {
  /** `undefined` for a barrier, which only waits its turn. */
  readonly record: TxnRecord | undefined;
  readonly waiter: Waiter;
}

/**
 * Proposed transactions in zxid order, until they are applied. Keeps the positions proposed, durable, committed and applied,
 * and applies records up to the lesser of durable and committed. See SPEC.md in this folder.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #entries: Entry[] = [];
  /** Index of the first entry that is outstanding. */
  #head = 0;
  /** Indexes of the first entries that are not durable, and not committed. Compared instead of zxids, once for each record. */
  #durableEnd = 0;
  #committedEnd = 0;
  #proposed: bigint;
  #durable: bigint;
  #committed: bigint;
  #applied: bigint;
  #isAdvancing = false;
  #hasFailed = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#proposed = options.lastZxid;
    this.#durable = options.lastZxid;
    this.#committed = options.lastZxid;
    this.#applied = options.lastZxid;
  }

  /** Zxid of the last record in the queue. */
  get proposed(): bigint {
    return this.#proposed;
  }

  /** All records up to this zxid are on this server's disk. */
  get durable(): bigint {
    return this.#durable;
  }

  /** All records up to this zxid are decided by the ensemble. */
  get committed(): bigint {
    return this.#committed;
  }

  /** All records up to this zxid are in the tree, and their waiters were called. */
  get applied(): bigint {
    return this.#applied;
  }

  /** Number of records and barriers whose waiters were not called yet. */
  get outstanding(): number {
    return this.#entries.length - this.#head;
  }

  get state(): "idle" | "waiting" | "failed" {
    if (this.#hasFailed) return "failed";
    return this.outstanding === 0 ? "idle" : "waiting";
  }

  /** Adds the next record. Throws a `RangeError` if its zxid is not above {@link proposed}. */
  add(record: TxnRecord, waiter: Waiter): void {
    const { zxid } = record.header;
    if (zxid <= this.#proposed) throw new RangeError(`zxid ${zxid} proposed after ${this.#proposed}`);
    this.#proposed = zxid;
    this.#entries.push({ record, waiter });
  }

  /** Calls the waiter when everything added before is applied; at once if nothing is outstanding. */
  barrier(waiter: Waiter): void {
    if (this.state === "idle") waiter.applied(NO_CHANGE, this.#applied);
    else this.#addBarrier(waiter);
  }

  /**
   * Calls the waiter when everything that is committed now is applied; at once if it is. Proposals after {@link committed} do
   * not delay it.
   */
  barrierAtCommitted(waiter: Waiter): void {
    if (this.#hasFailed) return;
    if (this.#head === this.#committedEnd) {
      waiter.applied(NO_CHANGE, this.#applied);
      return;
    }
    const index = this.#committedEnd++;
    this.#entries.splice(index, 0, { record: undefined, waiter });
    if (this.#durableEnd >= index) this.#durableEnd++;
  }

  /** Moves {@link durable}. Throws a `RangeError` for a lower zxid, and for one beyond {@link proposed}. */
  markDurable(zxid: bigint): void {
    if (this.#hasFailed) return;
    this.#check("durable", zxid, this.#durable);
    this.#durable = zxid;
    this.#durableEnd = this.#endOf(zxid, this.#durableEnd);
    this.#advance();
  }

  /** Moves {@link committed}. Throws a `RangeError` for a lower zxid, and for one beyond {@link proposed}. */
  markCommitted(zxid: bigint): void {
    if (this.#hasFailed) return;
    this.#check("committed", zxid, this.#committed);
    this.#committed = zxid;
    this.#committedEnd = this.#endOf(zxid, this.#committedEnd);
    this.#advance();
  }

  /** Ends the queue: no waiter is called from now on. */
  fail(): void {
    this.#hasFailed = true;
    this.#resolveIdle();
  }

  /** Returns the records that are not applied, in order. */
  unapplied(): readonly TxnRecord[] {
    return this.#entries.slice(this.#head).flatMap(({ record }) => record ?? []);
  }

  /** Resolves when nothing is outstanding, or when the queue has failed. */
  async idle(): Promise<void> {
    if (this.state === "waiting") await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #check(position: string, zxid: bigint, former: bigint): void {
    if (zxid >= former && zxid <= this.#proposed) return;
    throw new RangeError(`zxid ${zxid} marked as ${position}, which is ${former}; proposed is ${this.#proposed}`);
  }

  /** A barrier has the positions of the records before it. */
  #addBarrier(waiter: Waiter): void {
    const index = this.#entries.push({ record: undefined, waiter }) - 1;
    if (this.#durableEnd === index) this.#durableEnd++;
    if (this.#committedEnd === index) this.#committedEnd++;
  }

  /** Returns the index of the first record after a zxid, and after the barriers that follow the last one up to it. */
  #endOf(zxid: bigint, from: number): number {
    const entries = this.#entries;
    let end = from;
    while (end < entries.length) {
      const { record } = entries[end]!;
      if (record !== undefined && record.header.zxid > zxid) break;
      end++;
    }
    return end;
  }

  #advance(): void {
    // A waiter may add records, or report progress; the loop below sees both.
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    let count = 0;
    try {
      while (this.#head < this.#durableEnd && this.#head < this.#committedEnd) {
        const { record, waiter } = this.#entries[this.#head]!;
        let result = NO_CHANGE;
        if (record !== undefined) {
          result = this.#options.apply(record);
          this.#applied = record.header.zxid;
          count++;
        }
        this.#head++;
        waiter.applied(result, this.#applied);
      }
    } finally {
      this.#isAdvancing = false;
      this.#dropApplied();
    }
    if (count > 0) this.#options.onAdvanced(count);
    if (this.outstanding === 0) this.#resolveIdle();
  }

  /** Drops entries once they are half of the array, so that each of them is moved about once. */
  #dropApplied(): void {
    if (this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#head === this.#entries.length ? [] : this.#entries.slice(this.#head);
    this.#durableEnd -= this.#head;
    this.#committedEnd -= this.#head;
    this.#head = 0;
  }

  #resolveIdle(): void {
    if (this.#whenIdle.length > 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** Result of a barrier. */
const NO_CHANGE: TxnResult = { type: OpCode.error, err: ErrorCode.OK };
