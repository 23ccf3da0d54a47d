import { JuteReader } from "@conclave/protocol";
import { RECORD_HEADER_BYTES, readLogPiece, ZXID_OFFSET } from "./log-format.js";
import { beginsWrite } from "./txn-codec.js";

/*
 * Tells torn writes from damage. A torn write was cut short and never acknowledged; damage means that the disk lost
 * acknowledged data. A write that was cut short leaves its first bytes, followed by zeros; one cut short by a power
 * loss may leave any subset of its sectors, zeros in place of the others, so whole records may follow. Hence a torn
 * write shows zeros either up to the end or for a whole sector. If a record is wrong without such zeros, its bytes were
 * lost later.
 *
 * Zeros alone do not distinguish a torn write from a sector that was lost later. The first record of each of our writes
 * is marked, and a write begins only when the one before it is durable: a marked record after zeros shows that the
 * zeros were acknowledged data.
 */

/** Disks write these whole, or not at all; larger ones are multiples. */
const SECTOR_BYTES = 512;
/** The upper half of a record's checksum is zero anyway. */
const LEAST_HOLE_BYTES = 5;
/** A write is not larger, but for very large transactions. */
export const MAX_TORN_BYTES = 16 * 1024 * 1024;
const MIN_ENTRY_BYTES = 32;

/**
 * Returns true if a torn write explains the record at `at` of `bytes`. `offset` is the offset of `bytes` in the file;
 * `bytes` reaches to the end of the file, or {@link MAX_TORN_BYTES} beyond `at`.
 */
export function isTornWrite(bytes: Uint8Array, at: number, offset: number): boolean {
  const piece = readLogPiece(bytes, at);
  const next = nextRecord(bytes, at + 1);
  if (next !== undefined) return hasHole(bytes, at, next, offset);
  if (piece.kind === "corrupt") return piece.end !== undefined && hasHole(bytes, at, piece.end, offset);
  // Something else in the place of the last byte of a record: no write leaves that.
  return piece.kind !== "end" || piece.last === 0;
}

/** Whole records after the apparent end of a log. */
export interface RecordsBehind {
  readonly count: number;
  /** True if one of them was written after the write before it was durable: then the bytes in front of it are lost. */
  readonly isLater: boolean;
}

/** Counts the whole records from `at` on. */
export function recordsBehind(bytes: Uint8Array, at: number): RecordsBehind {
  let count = 0;
  let isLater = false;
  for (let start = nextRecord(bytes, at); start !== undefined; ) {
    const piece = readLogPiece(bytes, start);
    if (piece.kind !== "entry") {
      start = nextRecord(bytes, start + 1);
      continue;
    }
    count++;
    isLater ||= beginsWrite(new JuteReader(bytes.subarray(piece.start, piece.end)));
    start = piece.next;
  }
  return { count, isLater };
}

/** The transaction of the record that begins at `at`, which need not be whole. */
export function zxidOfRecord(bytes: Uint8Array, at: number): bigint | undefined {
  const zxidAt = at + RECORD_HEADER_BYTES + ZXID_OFFSET;
  if (zxidAt + 8 > bytes.length) return undefined;
  return new JuteReader(bytes.subarray(zxidAt, zxidAt + 8)).readLong();
}

/** Returns the offset of the first whole record from `at` on. */
export function nextRecord(bytes: Uint8Array, at: number): number | undefined {
  for (let start = at; start + RECORD_HEADER_BYTES + MIN_ENTRY_BYTES < bytes.length; start++) {
    // Most bytes are not the beginning of one: the upper half of the checksum is zero, the lower is not, nor the length.
    if (bytes[start] !== 0 || bytes[start + 1] !== 0 || bytes[start + 2] !== 0 || bytes[start + 3] !== 0) continue;
    reader.reset(bytes, start + 4);
    const checksum = reader.readInt();
    const length = reader.readInt();
    if (checksum === 0 || length < MIN_ENTRY_BYTES || length > MAX_TORN_BYTES) continue;
    if (readLogPiece(bytes, start).kind === "entry") return start;
  }
  return undefined;
}

const reader = new JuteReader();

/** Returns true if the part of some sector within `bytes[from..to)` is zero. */
function hasHole(bytes: Uint8Array, from: number, to: number, offset: number): boolean {
  for (let start = from; start < to; ) {
    const end = Math.min(to, start + SECTOR_BYTES - ((offset + start) % SECTOR_BYTES));
    if (end - start >= LEAST_HOLE_BYTES && isZero(bytes, start, end)) return true;
    start = end;
  }
  return false;
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}
