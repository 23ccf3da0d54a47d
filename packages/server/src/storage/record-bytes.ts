import { JuteReader, JuteWriter, OpCode } from "@conclave/protocol";
import type { TxnRecord } from "../tree/txn.js";
import { readTxnRecord, writeTxnRecord } from "./txn-codec.js";

/*
 * A record has the same bytes in a proposal and in the log. A leader sends it and then appends it, a follower receives it and then
 * appends it: so the bytes of the last record are kept, and most records are serialized once in an ensemble.
 */
let last: TxnRecord | undefined;
let lastBytes: Uint8Array = new Uint8Array(0);

const writer = new JuteWriter();

/** Returns a record as proposals carry it. The bytes are valid until the next call. */
export function recordBytes(record: TxnRecord): Uint8Array {
  if (record !== last) {
    writer.clear();
    writeTxnRecord(writer, record);
    last = record;
    lastBytes = writer.peek();
  }
  return lastBytes;
}

/** Reads a record from a proposal. The bytes must not be changed afterwards. Throws `ProtocolError`. */
export function readRecordBytes(bytes: Uint8Array): TxnRecord {
  const input = new JuteReader(bytes);
  const record = readTxnRecord(input);
  // A multi may be written in another way, and what a later version adds would be read as something else in the log.
  if (record.txn.type !== OpCode.multi && input.remaining === 0) {
    last = record;
    lastBytes = bytes;
  }
  return record;
}

/** Writes a record into a log. */
export function writeRecordBytes(out: JuteWriter, record: TxnRecord): void {
  if (record === last) out.writeRaw(lastBytes);
  else writeTxnRecord(out, record);
}
