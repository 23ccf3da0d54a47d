import { follows, formatZxid } from "../../tree/zxid.js";

/** Records of consecutive zxids: all records of one epoch, or the end of them. */
interface Run {
  first: bigint;
  last: bigint;
}

/**
 * Zxids of the records that a leader has and can still read: each record after `base`, up to `last`, without a hole. Needs
 * memory for each epoch, not for each record.
 */
export class ZxidHistory {
  #base: bigint;
  /** In order, none of them empty. */
  readonly #runs: Run[] = [];

  /**
   * @param base zxid of the record before the first that can be read; 0 if nothing was ever removed, and the zxid of the tree
   *   if no record can be read
   * @param zxids zxids of the records after `base`, in order
   */
  constructor(base: bigint, zxids: Iterable<bigint> = []) {
    this.#base = base;
    for (const zxid of zxids) this.append(zxid);
  }

  /** Zxid of the record before the first that can be read. */
  get base(): bigint {
    return this.#base;
  }

  /** Zxid of the last record; {@link base} if there is none after it. */
  get last(): bigint {
    return this.#runs.at(-1)?.last ?? this.#base;
  }

  /** Returns a history of the same records. The two change independently. */
  copy(): ZxidHistory {
    const copy = new ZxidHistory(this.#base);
    for (const { first, last } of this.#runs) copy.#runs.push({ first, last });
    return copy;
  }

  /** Returns a history of the records up to `zxid`, with the same base; the base alone if `zxid` is before it. */
  upTo(zxid: bigint): ZxidHistory {
    const part = new ZxidHistory(this.#base);
    for (const { first, last } of this.#runs) {
      if (first <= zxid) part.#runs.push({ first, last: last < zxid ? last : zxid });
    }
    return part;
  }

  /** Adds the next record. Throws a `RangeError` if it would leave a hole, or is not after the last one. */
  append(zxid: bigint): void {
    const { last } = this;
    if (!follows(zxid, last)) throw new RangeError(`record ${formatZxid(zxid)} does not follow ${formatZxid(last)}`);
    const run = this.#runs.at(-1);
    if (run !== undefined && zxid === last + 1n) run.last = zxid;
    else this.#runs.push({ first: zxid, last: zxid });
  }

  /** Makes `base` the new base, because the records up to it cannot be read any more. Ignores a zxid that is not in the history. */
  trim(base: bigint): void {
    if (this.floor(base) !== base) return;
    this.#base = base;
    while (this.#runs[0] !== undefined && this.#runs[0].last <= base) this.#runs.shift();
    const first = this.#runs[0];
    if (first !== undefined && first.first <= base) first.first = base + 1n;
  }

  /** Returns the greatest zxid of the base and the records that is not above `zxid`; undefined if all are. */
  floor(zxid: bigint): bigint | undefined {
    if (zxid < this.#base) return undefined;
    const run = this.#runs.findLast(({ first }) => first <= zxid);
    if (run === undefined) return this.#base;
    return zxid < run.last ? zxid : run.last;
  }

  /** Returns the zxid of the first record after `zxid`; undefined if there is none, or if `zxid` is before the base. */
  next(zxid: bigint): bigint | undefined {
    if (zxid < this.#base) return undefined;
    const run = this.#runs.find(({ last }) => last > zxid);
    if (run === undefined) return undefined;
    return zxid < run.first ? run.first : zxid + 1n;
  }
}
