/*
 * What is stored of znodes besides names and data: a row of fixed width for each, many rows in one block of memory. The
 * garbage collector has nothing to look at there, however many znodes there are.
 */

/** Fields of 64 bits, in units of 8 bytes. */
export const LongField = { CZXID: 0, MZXID: 1, PZXID: 2, OWNER: 3 } as const;
export type LongField = (typeof LongField)[keyof typeof LongField];

/** Milliseconds since 1970, in units of 8 bytes. */
export const TimeField = { CTIME: 4, MTIME: 5 } as const;
export type TimeField = (typeof TimeField)[keyof typeof TimeField];

/** Signed 32-bit integers, in units of 4 bytes. */
export const IntField = {
  VERSION: 12,
  CVERSION: 13,
  AVERSION: 14,
  /** See node-digest.ts: the state after path and data, and the digest. */
  CONTENT_CRC: 15,
  CRC: 16,
  ACL: 17,
  PARENT: 18,
  FIRST_CHILD: 19,
  NEXT_SIBLING: 20,
  /** Of the first child: the last one. */
  PREVIOUS_SIBLING: 21,
  CHILD_COUNT: 22,
  NAME: 23,
  NAME_LENGTH: 24,
  DATA: 25,
  /** -1: the data is null. */
  DATA_LENGTH: 26,
} as const;
export type IntField = (typeof IntField)[keyof typeof IntField];

const ROW_LONGS = 14;
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

/** Rows by their number. None has the number 0, which stands for "none" in links between them. */
export class ZnodeRows {
  readonly #blocks = [new Block()];
  /** The first of those that were given back, whose parent is the next of them; and how many rows there ever were. */
  #free = 0;
  #length = 1;

  /** A row to use, whose fields hold anything. */
  take(): number {
    const row = this.#free;
    if (row !== 0) {
      this.#free = this.int(row, IntField.PARENT);
      return row;
    }
    if (this.#length >> BLOCK_SHIFT === this.#blocks.length) this.#blocks.push(new Block());
    return this.#length++;
  }

  giveBack(row: number): void {
    this.setInt(row, IntField.PARENT, this.#free);
    this.#free = row;
  }

  long(row: number, field: LongField): bigint {
    return this.#blocks[row >> BLOCK_SHIFT]!.longs[(row & BLOCK_MASK) * ROW_LONGS + field]!;
  }

  setLong(row: number, field: LongField, value: bigint): void {
    this.#blocks[row >> BLOCK_SHIFT]!.longs[(row & BLOCK_MASK) * ROW_LONGS + field] = value;
  }

  time(row: number, field: TimeField): number {
    return this.#blocks[row >> BLOCK_SHIFT]!.times[(row & BLOCK_MASK) * ROW_LONGS + field]!;
  }

  setTime(row: number, field: TimeField, value: number): void {
    this.#blocks[row >> BLOCK_SHIFT]!.times[(row & BLOCK_MASK) * ROW_LONGS + field] = value;
  }

  int(row: number, field: IntField): number {
    return this.#blocks[row >> BLOCK_SHIFT]!.ints[(row & BLOCK_MASK) * ROW_INTS + field]!;
  }

  setInt(row: number, field: IntField, value: number): void {
    this.#blocks[row >> BLOCK_SHIFT]!.ints[(row & BLOCK_MASK) * ROW_INTS + field] = value;
  }
}
