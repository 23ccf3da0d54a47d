import { join } from "node:path";
import { JuteReader, ProtocolError } from "@conclave/protocol";
import type { TxnRecord } from "../tree/txn.js";
import { ByteWindow } from "./byte-window.js";
import type { FileLayer } from "./file-layer.js";
import { formatZxid, logsAmong } from "./file-names.js";
import { isTornWrite, MAX_TORN_BYTES } from "./log-damage.js";
import { FORMAT_VERSION, LOG_HEADER_BYTES, LOG_MAGIC, type LogPiece, readLogPiece } from "./log-format.js";
import { StorageError } from "./storage-error.js";
import { readTxnRecord } from "./txn-codec.js";

const CHUNK_BYTES = 1024 * 1024;

/** Called where a file stops in the middle of a record: what a crash leaves of a write that nobody was told is done. */
export type OnTornTail = (path: string, offset: number) => void;

const restore =
  "Restore it from a backup or, in an ensemble, empty this server's data folders and let it copy from the others.";

/**
 * The records of one log file, in order, as many at a time as one read brought. Throws {@link StorageError} for a record
 * that was damaged; one that was never written to its end is the end of the log.
 */
export async function* readLogFile(
  files: FileLayer,
  path: string,
  onTornTail: OnTornTail,
): AsyncGenerator<readonly TxnRecord[]> {
  const window = new ByteWindow(files.read(path, CHUNK_BYTES));
  try {
    if (!(await passHeader(window, path, onTornTail))) return;
    for (;;) {
      const records: TxnRecord[] = [];
      const stop = takeRecords(window, path, records);
      if (records.length > 0) yield records;
      if (stop.kind === "incomplete" && (await window.more(stop.needed - window.at))) continue;
      const isDamaged = stop.kind === "incomplete" ? window.remaining > 0 : stop.kind === "corrupt" || stop.torn;
      if (isDamaged) await judge(window, path, stop, onTornTail);
      return;
    }
  } finally {
    await window.close();
  }
}

/** Tells of a torn tail; throws for what is none. */
async function judge(window: ByteWindow, path: string, stop: LogStop, onTornTail: OnTornTail): Promise<void> {
  while (window.remaining < MAX_TORN_BYTES && (await window.more(MAX_TORN_BYTES)));
  const { offset } = window;
  if (isTornWrite(window.bytes, window.at, offset - window.at)) {
    onTornTail(path, offset);
    return;
  }
  const reason = stop.kind === "corrupt" ? stop.reason : "it has no end";
  const message = `${path} is damaged: the record at byte ${offset} is not what was written (${reason}). ${restore}`;
  throw new StorageError("corrupt-log", message, { path, offset });
}

/** False where the file ends before its header does: it was created, and the machine died. */
async function passHeader(window: ByteWindow, path: string, onTornTail: OnTornTail): Promise<boolean> {
  if (!(await window.more(LOG_HEADER_BYTES))) {
    onTornTail(path, 0);
    return false;
  }
  const reader = new JuteReader(window.bytes);
  const magic = reader.readInt();
  const version = reader.readInt();
  window.at = LOG_HEADER_BYTES;
  if (magic === LOG_MAGIC && version === FORMAT_VERSION) return true;
  const message = `${path} is not a ZooKeeper transaction log of version ${FORMAT_VERSION}. ${restore}`;
  throw new StorageError("corrupt-log", message, { path, offset: 0 });
}

/** Where the whole records of a window end. */
type LogStop = Exclude<LogPiece, { readonly kind: "entry" }>;

/** Takes the whole records of the window. */
function takeRecords(window: ByteWindow, path: string, records: TxnRecord[]): LogStop {
  for (;;) {
    const piece = readLogPiece(window.bytes, window.at);
    if (piece.kind !== "entry") return piece;
    records.push(decode(window.bytes, piece.start, piece.end, path, window.offset));
    window.at = piece.next;
  }
}

const reader = new JuteReader();

function decode(bytes: Uint8Array, start: number, end: number, path: string, offset: number): TxnRecord {
  try {
    return readTxnRecord(reader.reset(bytes, start, end));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const message = `${path}: the record at byte ${offset} is whole, but this version cannot read it (${error.message}). Start the version that wrote it.`;
    throw new StorageError("unsupported", message, { path, offset, cause: error });
  }
}

export interface ReadLogsOptions {
  /** The first transaction wanted. */
  readonly fromZxid: bigint;
  readonly onTornTail: OnTornTail;
  /** Called for a transaction that is not greater than the one before, and is left out. */
  readonly onRepeated: (path: string, zxid: bigint) => void;
}

/**
 * The records of a folder's logs from `fromZxid` on, in order. Throws {@link StorageError} where one is missing: within an
 * epoch (the upper 32 bits) each transaction's number is the one before plus 1, and an epoch begins with 1.
 */
export async function* readLogs(
  files: FileLayer,
  folder: string,
  options: ReadLogsOptions,
): AsyncGenerator<readonly TxnRecord[]> {
  const logs = logsAmong(await files.list(folder));
  // The file before the first that begins at fromZxid or later may reach beyond it.
  const first = logs.findLastIndex(({ firstZxid }) => firstZxid < options.fromZxid);
  let last = options.fromZxid - 1n;
  for (const { name } of logs.slice(Math.max(first, 0))) {
    const path = join(folder, name);
    for await (const records of readLogFile(files, path, options.onTornTail)) {
      const wanted: TxnRecord[] = [];
      for (const record of records) {
        const { zxid } = record.header;
        if (zxid <= last) {
          if (zxid >= options.fromZxid) options.onRepeated(path, zxid);
          continue;
        }
        if (!follows(last, zxid)) throw gap(path, last, zxid);
        last = zxid;
        wanted.push(record);
      }
      if (wanted.length > 0) yield wanted;
    }
  }
}

const COUNTER = 0xffff_ffffn;

function follows(last: bigint, next: bigint): boolean {
  return next === last + 1n || (next >> 32n > last >> 32n && (next & COUNTER) <= 1n);
}

function gap(path: string, last: bigint, next: bigint): StorageError {
  const message =
    `Transactions are missing: ${path} goes on with ${formatZxid(next)}, but what is there before it ends with ${formatZxid(last)}. ` +
    "Restore the log or the snapshot that was between them, or, to go on without what follows, move the log files from this one on elsewhere.";
  return new StorageError("gap", message, { path });
}
