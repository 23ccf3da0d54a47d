import { JuteReader, JuteWriter, OpCode } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Txn, TxnRecord } from "../tree/txn.js";
import { readRecordBytes, recordBytes, writeRecordBytes } from "./record-bytes.js";
import { readTxnRecord, writeTxnRecord } from "./txn-codec.js";

const recordOf = (txn: Txn, zxid = 1n): TxnRecord => ({
  header: { clientId: 7n, cxid: 3, zxid, time: 1, type: txn.type },
  txn,
  digest: { version: 2, treeDigest: 9n },
});
const set = recordOf({ type: OpCode.setData, path: "/a", data: Uint8Array.of(1, 2), version: 4 });
const error = recordOf({ type: OpCode.error, err: -101 }, 2n);

function written(write: (out: JuteWriter) => void): Uint8Array {
  const out = new JuteWriter();
  write(out);
  return out.take();
}
const serialized = (record: TxnRecord) => written((out) => writeTxnRecord(out, record));
const logged = (record: TxnRecord) => written((out) => writeRecordBytes(out, record));

it("a log has each record as it is serialized, whichever was sent or received last", () => {
  expect(recordBytes(set).slice()).toEqual(serialized(set));
  expect(logged(set)).toEqual(serialized(set));
  expect(logged(error)).toEqual(serialized(error));
  const received = readRecordBytes(serialized(set));
  expect(received).toEqual(set);
  expect(logged(error)).toEqual(serialized(error));
  expect(logged(received)).toEqual(serialized(set));
  expect(recordBytes(error).slice()).toEqual(serialized(error));
  expect(logged(received)).toEqual(serialized(set));
});

it("a log has a multi as this server writes it: with a create in place of a create2", () => {
  const node = { path: "/a", data: null, acl: [], ephemeral: false, parentCVersion: 1 };
  const multi = (type: typeof OpCode.create | typeof OpCode.create2): Uint8Array =>
    written((out) => {
      writeTxnRecord(out, { ...recordOf({ type: OpCode.multi, txns: [{ type: OpCode.create, ...node }] }) });
      // The type of the first write follows the header and the number of writes.
      new DataView(out.buffer.buffer).setInt32(36, type);
    });
  const received = readRecordBytes(multi(OpCode.create2));
  expect(readTxnRecord(new JuteReader(logged(received))).txn).toMatchObject({ txns: [{ type: OpCode.create }] });
  expect(logged(received)).toEqual(multi(OpCode.create));
});

it("a log has nothing that follows a record in a proposal: it could be taken for the mark of a write", () => {
  const received = readRecordBytes(Uint8Array.of(...serialized(set), 1));
  expect(received).toEqual(set);
  expect(logged(received)).toEqual(serialized(set));
});
