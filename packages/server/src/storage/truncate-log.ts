import { join } from "node:path";
import { JuteReader } from "@conclave/protocol";
import { formatZxid } from "../tree/zxid.js";
import { ByteWindow } from "./byte-window.js";
import type { DataFolders } from "./data-folders.js";
import { DurableFile, renameDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, type SnapshotName, snapshotsAmong, unfinishedName } from "./file-names.js";
import { LOG_HEADER_BYTES, RECORD_HEADER_BYTES, readLogPiece, ZXID_OFFSET } from "./log-format.js";
import { readLogs } from "./log-reader.js";
import { readSnapshot } from "./snapshot-reader.js";
import { StorageError } from "./storage-error.js";

/*
 * Truncation, as a leader asks for it (TRUNC). At each moment the files on disk are those of a history that ends at or
 * after the zxid, so a crash at any point leaves a history that can be recovered and truncated again:
 *
 *   1. check that a readable snapshot and the log lead up to the zxid; nothing is changed if not
 *   2. remove later snapshots: the log has their transactions
 *   3. remove later log files, the last one first, each durably
 *   4. replace the file that contains the zxid by a copy that ends after it, by a rename
 */

const CHUNK_BYTES = 1024 * 1024;
const ignore = { restoreSession() {}, restoreNode() {} };

/**
 * Removes all transactions after `zxid` from log and snapshots; durable when it resolves. Throws {@link StorageError}
 * `not-on-record` if the history on disk does not contain the zxid: then the server needs a snapshot of the leader.
 */
export async function truncateLog(files: FileLayer, folders: DataFolders, zxid: bigint): Promise<void> {
  const { snapshots: folder, logs: logFolder } = folders;
  const snapshots = snapshotsAmong(await files.list(folder));
  const base = await newestReadable(files, folder, snapshots, zxid);
  if (base === undefined || !(await leadsTo(files, logFolder, base, zxid))) throw notOnRecord(folder, zxid);
  await removeEach(
    files,
    folder,
    snapshots.filter((each) => each.zxid > zxid),
  );
  const logs = logsAmong(await files.list(logFolder));
  await removeEach(files, logFolder, logs.filter(({ firstZxid }) => firstZxid > zxid).reverse());
  const last = logs.findLast(({ firstZxid }) => firstZxid <= zxid);
  if (last !== undefined) await cutFile(files, logFolder, last.name, zxid);
}

async function newestReadable(
  files: FileLayer,
  folder: string,
  newestFirst: readonly SnapshotName[],
  zxid: bigint,
): Promise<bigint | undefined> {
  for (const snapshot of newestFirst) {
    if (snapshot.zxid > zxid) continue;
    try {
      await readSnapshot({ files, path: join(folder, snapshot.name) }, ignore);
      return snapshot.zxid;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }
  return undefined;
}

/** Returns true if the log has every transaction after a snapshot up to `zxid`, and that one itself. */
async function leadsTo(files: FileLayer, folder: string, snapshot: bigint, zxid: bigint): Promise<boolean> {
  if (snapshot === zxid) return true;
  const options = { fromZxid: snapshot + 1n, onTornTail() {}, onRepeated() {} };
  for await (const records of readLogs(files, folder, options)) {
    if (records.some(({ header }) => header.zxid === zxid)) return true;
    if (records.at(-1)!.header.zxid > zxid) return false;
  }
  return false;
}

async function removeEach(files: FileLayer, folder: string, each: readonly { readonly name: string }[]): Promise<void> {
  for (const { name } of each) {
    await files.remove(join(folder, name));
    await files.syncFolder(folder);
  }
}

async function cutFile(files: FileLayer, folder: string, name: string, zxid: bigint): Promise<void> {
  const path = join(folder, name);
  const end = await endOfRecord(files, path, zxid);
  if (end === undefined) return;
  const unfinished = join(folder, unfinishedName(name));
  const copy = await DurableFile.create(unfinished, { sync: false, files });
  try {
    let left = end;
    for await (const chunk of files.read(path, CHUNK_BYTES)) {
      await copy.write(chunk.subarray(0, left));
      left -= Math.min(chunk.length, left);
      if (left === 0) break;
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  await renameDurably(files, unfinished, path);
}

/** Returns the offset after the last record up to `zxid`; `undefined` if the file has no header. */
async function endOfRecord(files: FileLayer, path: string, zxid: bigint): Promise<number | undefined> {
  const window = new ByteWindow(files.read(path, CHUNK_BYTES));
  const reader = new JuteReader();
  try {
    if (!(await window.more(LOG_HEADER_BYTES))) return undefined;
    window.at = LOG_HEADER_BYTES;
    for (;;) {
      const piece = readLogPiece(window.bytes, window.at);
      if (piece.kind === "incomplete" && (await window.more(piece.needed - window.at))) continue;
      // After the last record only the rest of a torn write can follow, which must be removed too.
      if (piece.kind !== "entry") return window.offset;
      if (reader.reset(window.bytes, window.at + RECORD_HEADER_BYTES + ZXID_OFFSET).readLong() > zxid)
        return window.offset;
      window.at = piece.next;
    }
  } finally {
    await window.close();
  }
}

function notOnRecord(folder: string, zxid: bigint): StorageError {
  const message = `Cannot truncate the log after ${formatZxid(zxid)}: the snapshots in ${folder} and the log do not lead up to that transaction. Copy a snapshot of the leader instead.`;
  return new StorageError("not-on-record", message, { path: folder });
}
