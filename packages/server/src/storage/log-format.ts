import { JuteReader, JuteWriter } from "@conclave/protocol";
import type { TxnRecord } from "../tree/txn.js";
import { MAX_RECORD_BYTES } from "../tree/txn-size.js";
import { adler32 } from "./adler32.js";
import { writeRecordBytes } from "./record-bytes.js";
import { markBeginOfWrite } from "./txn-codec.js";

/*
 * A log file (org.apache.zookeeper.server.persistence.FileTxnLog):
 *
 *   int "ZKLG", int 2, long dbid = 0 | records | zeros
 *   record: long Adler-32 of the entry, int length, entry, byte 'B'
 *
 * A length of 0, the end of the file, or a record that is not whole ends it. The zeros are there so that a write rarely
 * has to make the file longer.
 */
export const LOG_MAGIC = 0x5a4b4c47;
export const FORMAT_VERSION = 2;
export const LOG_HEADER_BYTES = 16;
/** Checksum and length in front of an entry. */
export const RECORD_HEADER_BYTES = 12;
const END_OF_RECORD = 0x42;
/** Offset of the zxid in an entry, after the session id and the cxid. */
export const ZXID_OFFSET = 12;

export function logHeader(): Uint8Array {
  const out = new JuteWriter(LOG_HEADER_BYTES);
  out.writeInt(LOG_MAGIC);
  out.writeInt(FORMAT_VERSION);
  out.writeLong(0n);
  return out.take();
}

/** Writes one record. `beginsWrite`: it is the first of a write that is on disk before the next one begins. */
export function writeLogRecord(out: JuteWriter, record: TxnRecord, beginsWrite = false): void {
  const start = out.length;
  out.writeLongHalves(0, 0);
  out.writeInt(0);
  writeRecordBytes(out, record);
  if (beginsWrite) markBeginOfWrite(out, record);
  const { buffer, length } = out;
  const entry = start + RECORD_HEADER_BYTES;
  setInt(buffer, start + 4, adler32(buffer, entry, length));
  setInt(buffer, start + 8, length - entry);
  out.writeByte(END_OF_RECORD);
}

function setInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** One record, or where the bytes given stop to be records. */
export type LogPiece =
  /** The entry is `bytes[start..end)`; the next piece begins at `next`. */
  | { readonly kind: "entry"; readonly start: number; readonly end: number; readonly next: number }
  /** The record continues after the given bytes, which must reach up to `needed` at least. */
  | { readonly kind: "incomplete"; readonly needed: number }
  /** Zeros, or a record whose last byte is `last` instead of the end mark: nothing follows in this file. */
  | { readonly kind: "end"; readonly torn: boolean; readonly last: number }
  /** `end`: where the record would end, if its length makes sense. */
  | { readonly kind: "corrupt"; readonly reason: string; readonly end: number | undefined };

const reader = new JuteReader();

/** Looks at the record that begins at `at` of `bytes`. */
export function readLogPiece(bytes: Uint8Array, at: number): LogPiece {
  const start = at + RECORD_HEADER_BYTES;
  if (start > bytes.length) return { kind: "incomplete", needed: start };
  reader.reset(bytes, at);
  const checksumHigh = reader.readInt();
  const checksum = reader.readInt() >>> 0;
  const length = reader.readInt();
  if (length === 0) return { kind: "end", torn: checksumHigh !== 0 || checksum !== 0, last: 0 };
  if (length < 0 || length > MAX_RECORD_BYTES) {
    return { kind: "corrupt", reason: `a record of ${length} bytes`, end: undefined };
  }
  const end = start + length;
  if (end >= bytes.length) return { kind: "incomplete", needed: end + 1 };
  if (bytes[end] !== END_OF_RECORD) return { kind: "end", torn: true, last: bytes[end]! };
  const actual = adler32(bytes, start, end);
  if (checksumHigh !== 0 || checksum !== actual) {
    const reason = `its checksum is ${actual}, and should be ${checksum}`;
    return { kind: "corrupt", reason, end: end + 1 };
  }
  return { kind: "entry", start, end, next: end + 1 };
}
