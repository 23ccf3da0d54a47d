import { join } from "node:path";
import type { TxnRecord } from "../tree/txn.js";
import { follows } from "../tree/zxid.js";
import type { FileLayer } from "./file-layer.js";
import { type LogName, logsAmong } from "./file-names.js";
import { gap, readLogFile } from "./log-reader.js";

/** Records that the log has after a zxid, or the zxid at which the log begins. */
export type LogCursor =
  | {
      readonly kind: "records";
      /**
       * The zxid of the transaction before `records`: the last one on record that is not after the one asked for. If it is an
       * earlier one, the other server has transactions that this one does not.
       */
      readonly previous: bigint;
      /** In zxid order, without gaps, up to the last one asked for. Rejects with a `StorageError` if a file is damaged. */
      readonly records: AsyncIterable<readonly TxnRecord[]>;
    }
  | {
      readonly kind: "missing";
      /** First zxid in the log; `undefined` if there is none. */
      readonly from: bigint | undefined;
    };

/**
 * Opens the log after the zxid `after`, for a learner that lacks the later transactions. Reads up to `upTo`, which must
 * be durable, so the log may be appended to meanwhile. A purge may remove files that are not read yet; then `records`
 * rejects. `isComplete` is true if no file was ever removed: the first transaction of the log is the first of all.
 *
 * A log that begins with a later epoch says nothing about the end of the epoch before, so `after` must be on record, or
 * right before the first record.
 */
export async function openLogAfter(
  files: FileLayer,
  folder: string,
  after: bigint,
  upTo: bigint,
  isComplete: boolean,
): Promise<LogCursor> {
  const logs = logsAmong(await files.list(folder));
  const first = logs.findLastIndex(({ firstZxid }) => firstZxid <= after);
  const from = logs[0]?.firstZxid;
  const isBefore = from !== undefined && (from === after + 1n || (after === 0n && isComplete));
  if (first === -1 && !isBefore) return { kind: "missing", from };
  const batches = readBetween(files, folder, logs.slice(Math.max(first, 0)), upTo);
  let previous = first === -1 ? after : undefined;
  for (let batch = await batches.next(); !batch.done; batch = await batches.next()) {
    const at = batch.value.findIndex(({ header }) => header.zxid > after);
    previous = (at === -1 ? batch.value.at(-1) : batch.value[at - 1])?.header.zxid ?? previous;
    if (at === -1) continue;
    if (previous === undefined) return { kind: "missing", from: batch.value[at]!.header.zxid };
    return { kind: "records", previous, records: continued(batch.value.slice(at), batches) };
  }
  return previous === undefined
    ? { kind: "missing", from: undefined }
    : { kind: "records", previous, records: batches };
}

async function* readBetween(
  files: FileLayer,
  folder: string,
  logs: readonly LogName[],
  upTo: bigint,
): AsyncGenerator<readonly TxnRecord[], undefined> {
  let last: bigint | undefined;
  for (const { name, firstZxid } of logs) {
    if (firstZxid > upTo) return;
    const path = join(folder, name);
    for await (const records of readLogFile(files, path, { onTornTail() {} })) {
      const wanted: TxnRecord[] = [];
      for (const record of records) {
        const { zxid } = record.header;
        if (zxid > upTo) break;
        if (last !== undefined && zxid <= last) continue;
        if (last !== undefined && !follows(zxid, last)) throw gap(path, last, zxid);
        last = zxid;
        wanted.push(record);
      }
      if (wanted.length > 0) yield wanted;
      // Reading on would meet records that are being written.
      if (records.at(-1)!.header.zxid >= upTo) return;
    }
  }
}

async function* continued(
  first: readonly TxnRecord[],
  rest: AsyncGenerator<readonly TxnRecord[], undefined>,
): AsyncGenerator<readonly TxnRecord[]> {
  yield first;
  yield* rest;
}
