/*
 * The stored fields of znodes other than names and data: rows of fixed width in large blocks of memory, which the
 * garbage collector does not traverse. A znode takes 191 bytes in all, of which 100 are data in `pnpm bench server`.
 *
 * Each znode has a row. Most znodes are leaves that were never changed and belong to no session: the fields that a row
 * lacks have known values for them. Other znodes have a second row, with the rest of their stat.
 */

/** Fields of 64 bits, in units of 8 bytes. */
export const LongField = { CZXID: 0 } as const;
/** The same of a second row. */
export const StatLong = { MZXID: 0, PZXID: 1, OWNER: 2 } as const;
export type StatLong = (typeof StatLong)[keyof typeof StatLong];
type AnyLong = (typeof LongField)[keyof typeof LongField] | StatLong;

/** Milliseconds since 1970, in units of 8 bytes. */
export const TimeField = { CTIME: 1 } as const;
/** The same of a second row. */
export const StatTime = { MTIME: 3 } as const;
type AnyTime = (typeof TimeField)[keyof typeof TimeField] | (typeof StatTime)[keyof typeof StatTime];

/** Signed 32-bit integers, in units of 4 bytes. */
export const IntField = {
  /** See node-digest.ts: the state after path and data, and the digest. */
  CONTENT_CRC: 4,
  CRC: 5,
  ACL: 6,
  PARENT: 7,
  FIRST_CHILD: 8,
  NEXT_SIBLING: 9,
  /** Previous sibling; of the first child: the last one. */
  PREVIOUS_SIBLING: 10,
  NAME: 11,
  NAME_LENGTH: 12,
  DATA: 13,
  /** -1: the data is null. */
  DATA_LENGTH: 14,
  /** The second row, or 0. */
  STAT: 15,
} as const;
export type IntField = (typeof IntField)[keyof typeof IntField];
/** The same of a second row. */
export const StatInt = { VERSION: 8, CVERSION: 9, AVERSION: 10, CHILD_COUNT: 11 } as const;
export type StatInt = (typeof StatInt)[keyof typeof StatInt];
type AnyInt = IntField | StatInt;

const ROW_LONGS = 8;
const ROW_INTS = 2 * ROW_LONGS;
const BLOCK_SHIFT = 9;
const BLOCK_MASK = (1 << BLOCK_SHIFT) - 1;

/** The same memory in three kinds of numbers. */
class Block {
  readonly longs: BigInt64Array;
  readonly times: Float64Array;
  readonly ints: Int32Array;

  constructor() {
    const memory = new ArrayBuffer((ROW_LONGS * 8) << BLOCK_SHIFT);
    this.longs = new BigInt64Array(memory);
    this.times = new Float64Array(memory);
    this.ints = new Int32Array(memory);
  }
}

/** Rows by number. No row has the number 0, which means "none" in links. */
export class ZnodeRows {
  readonly #blocks = [new Block()];
  /** First free row, whose parent field links to the next one; and the number of rows ever used. */
  #free = 0;
  #length = 1;

  /** Returns a row to use. Its fields are undefined, except that it has no second row. */
  take(): number {
    const row = this.#take();
    this.setInt(row, IntField.STAT, 0);
    return row;
  }

  /** With its second one. */
  giveBack(row: number): void {
    const stat = this.int(row, IntField.STAT);
    if (stat !== 0) this.#giveBack(stat);
    this.#giveBack(row);
  }

  /** Returns the second row of a znode. Adds it, with the implied values, if there is none. */
  statRow(row: number): number {
    const known = this.int(row, IntField.STAT);
    if (known !== 0) return known;
    const stat = this.#take();
    const zxid = this.long(row, LongField.CZXID);
    this.setLong(stat, StatLong.MZXID, zxid);
    this.setLong(stat, StatLong.PZXID, zxid);
    this.setLong(stat, StatLong.OWNER, 0n);
    this.setTime(stat, StatTime.MTIME, this.time(row, TimeField.CTIME));
    this.setInt(stat, StatInt.VERSION, 0);
    this.setInt(stat, StatInt.CVERSION, 0);
    this.setInt(stat, StatInt.AVERSION, 0);
    this.setInt(stat, StatInt.CHILD_COUNT, 0);
    this.setInt(row, IntField.STAT, stat);
    return stat;
  }

  /** A field of the second row; 0 where there is none. */
  statInt(row: number, field: StatInt): number {
    const stat = this.int(row, IntField.STAT);
    return stat === 0 ? 0 : this.int(stat, field);
  }

  #take(): number {
    const row = this.#free;
    if (row !== 0) {
      this.#free = this.int(row, IntField.PARENT);
      return row;
    }
    if (this.#length >> BLOCK_SHIFT === this.#blocks.length) this.#blocks.push(new Block());
    return this.#length++;
  }

  #giveBack(row: number): void {
    this.setInt(row, IntField.PARENT, this.#free);
    this.#free = row;
  }

  long(row: number, field: AnyLong): bigint {
    return this.#blocks[row >> BLOCK_SHIFT]!.longs[(row & BLOCK_MASK) * ROW_LONGS + field]!;
  }

  setLong(row: number, field: AnyLong, value: bigint): void {
    this.#blocks[row >> BLOCK_SHIFT]!.longs[(row & BLOCK_MASK) * ROW_LONGS + field] = value;
  }

  time(row: number, field: AnyTime): number {
    return this.#blocks[row >> BLOCK_SHIFT]!.times[(row & BLOCK_MASK) * ROW_LONGS + field]!;
  }

  setTime(row: number, field: AnyTime, value: number): void {
    this.#blocks[row >> BLOCK_SHIFT]!.times[(row & BLOCK_MASK) * ROW_LONGS + field] = value;
  }

  int(row: number, field: AnyInt): number {
    return this.#blocks[row >> BLOCK_SHIFT]!.ints[(row & BLOCK_MASK) * ROW_INTS + field]!;
  }

  setInt(row: number, field: AnyInt, value: number): void {
    this.#blocks[row >> BLOCK_SHIFT]!.ints[(row & BLOCK_MASK) * ROW_INTS + field] = value;
  }
}
