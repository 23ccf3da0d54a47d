import { join } from "node:path";
import { JuteWriter } from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { TxnRecord } from "../tree/txn.js";
import { formatZxid } from "../tree/zxid.js";
import { DurableFile, linkDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { logName, unfinishedName } from "./file-names.js";
import { logHeader, writeLogRecord } from "./log-format.js";
import { readLogFile } from "./log-reader.js";
import { StorageError } from "./storage-error.js";

export interface TxnLogOptions {
  readonly files: FileLayer;
  readonly clock: Clock;
  /** Called with the milliseconds that a write took until it was durable. */
  readonly onWritten: (tookMs: number) => void;
  /** Must be there. */
  readonly folder: string;
  /** By how many bytes a file grows ahead of its records; 0: not at all. */
  readonly preAllocBytes: number;
  /** False: leave it to the operating system when records reach the disk. They survive the process then, not the machine. */
  readonly sync: boolean;
}

/** Records that go to one file, in one write. */
interface Segment {
  /** The first record, where a new file begins with it. */
  readonly startsFileAt: bigint | undefined;
  readonly out: JuteWriter;
  /** Zxid of the last record. */
  lastZxid: bigint;
}

/** The callers that wait for the same write. */
interface Turn {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

function newTurn(): Turn {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}

/** Apache extends a file when its records come so close to the end of it. */
const RESERVE_MARGIN_BYTES = 4096;
const INITIAL_BUFFER_BYTES = 64 * 1024;
/** A buffer that had to grow beyond is not kept for the next write. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;
const DONE = Promise.resolve();

/**
 * The transaction log, for appending: group commit over files of Apache's format. While one write runs, records gather
 * for the next. Files that a former process wrote are left alone: the first record starts a new one.
 */
export class TxnLog {
  readonly #options: TxnLogOptions;
  #segments: Segment[] = [];
  #spare: JuteWriter | undefined;
  #file: DurableFile | undefined;
  #lastZxid: bigint;
  #durableZxid: bigint;
  #rolls = true;
  /** The write that runs, and the one that follows it. */
  #running: Turn | undefined;
  #queued: Turn | undefined;
  #failure: StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** `lastZxid`: the last transaction on record, of whichever process. */
  constructor(options: TxnLogOptions, lastZxid: bigint) {
    this.#options = options;
    this.#lastZxid = lastZxid;
    this.#durableZxid = lastZxid;
  }

  /** Zxid of the last record that is on disk. */
  get durableZxid(): bigint {
    return this.#durableZxid;
  }

  /** Takes a record for the next {@link flush}. Throws if it is out of order, or cannot be serialised. */
  append(record: TxnRecord): void {
    const { zxid } = record.header;
    if (this.#closing !== undefined) throw new Error("append to a closed log");
    if (zxid <= this.#lastZxid) {
      throw new RangeError(`transaction ${formatZxid(zxid)} after ${formatZxid(this.#lastZxid)}`);
    }
    if (this.#failure !== undefined) return;
    this.#lastZxid = zxid;
    try {
      const segment = this.#segment(zxid);
      const { out } = segment;
      segment.lastZxid = zxid;
      writeLogRecord(out, record, this.#options.sync && out.length === 0);
    } catch (error) {
      // Half of it may stand in the buffer, which must not reach the disk any more.
      this.#fail(error);
      throw error;
    }
  }

  #segment(zxid: bigint): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && !this.#rolls) return last;
    const segment: Segment = {
      lastZxid: zxid,
      startsFileAt: this.#rolls ? zxid : undefined,
      out: this.#spare ?? new JuteWriter(INITIAL_BUFFER_BYTES),
    };
    this.#spare = undefined;
    this.#rolls = false;
    this.#segments.push(segment);
    return segment;
  }

  /** The next record starts a new file. */
  roll(): void {
    this.#rolls = true;
  }

  /** See `Storage.flush`. */
  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#segments.length === 0) return this.#running?.promise ?? DONE;
    if (this.#queued === undefined) {
      this.#queued = newTurn();
      // Deferred, so that other records appended in this turn of the event loop are part of this write.
      if (this.#running === undefined) queueMicrotask(() => void this.#writeTurns());
    }
    return this.#queued.promise;
  }

  /** Flushes and closes. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file?.close().catch(() => {});
      this.#file = undefined;
    }
  }

  async #writeTurns(): Promise<void> {
    for (let turn = this.#queued; turn !== undefined; turn = this.#queued) {
      this.#running = turn;
      this.#queued = undefined;
      const segments = this.#segments;
      this.#segments = [];
      const { clock, onWritten } = this.#options;
      const startedAt = clock.now();
      try {
        for (const segment of segments) await this.#write(segment);
        if (this.#failure !== undefined) throw this.#failure;
      } catch (error) {
        turn.reject(this.#fail(error));
        break;
      }
      this.#durableZxid = segments.at(-1)?.lastZxid ?? this.#durableZxid;
      onWritten(clock.now() - startedAt);
      turn.resolve();
    }
    this.#running = undefined;
  }

  async #write({ startsFileAt, out }: Segment): Promise<void> {
    if (startsFileAt !== undefined) await this.#startFile(startsFileAt);
    const file = this.#file!;
    const bytes = out.peek();
    const { preAllocBytes } = this.#options;
    const end = file.position + bytes.length;
    if (preAllocBytes > 0 && end + RESERVE_MARGIN_BYTES >= file.size) await file.reserve(roundUp(end, preAllocBytes));
    await file.write(bytes);
    if (bytes.length > MAX_SPARE_BYTES) return;
    out.clear();
    this.#spare ??= out;
  }

  /** The file gets its name when its header is on disk: Apache 3.8 does not start on a log that lacks one. */
  async #startFile(firstZxid: bigint): Promise<void> {
    const { files, folder, preAllocBytes, sync } = this.#options;
    const former = this.#file;
    this.#file = undefined;
    await former?.close();
    const name = logName(firstZxid);
    const unfinished = join(folder, unfinishedName(name));
    const file = await DurableFile.create(unfinished, { sync, files });
    this.#file = file;
    await file.write(logHeader());
    if (preAllocBytes > 0) await file.reserve(preAllocBytes);
    await file.sync();
    const path = join(folder, name);
    try {
      await linkDurably(files, unfinished, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      await removeEmptyLog(files, path);
      await linkDurably(files, unfinished, path);
    }
  }

  /** The content of the disk is unknown after a failed write, so no later write may succeed. */
  #fail(cause: unknown): StorageError {
    this.#segments = [];
    if (this.#failure === undefined) {
      const { folder } = this.#options;
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `Cannot write to the transaction log in ${folder}: ${why}. The server must stop; acknowledged writes are safe. Repair or free the disk, then start the server again.`;
      this.#failure = new StorageError("write-failed", message, { path: folder, cause });
    }
    this.#queued?.reject(this.#failure);
    this.#queued = undefined;
    return this.#failure;
  }
}

/** A process that died in its first write leaves one. A log with records is another server's: it throws then. */
async function removeEmptyLog(files: FileLayer, path: string): Promise<void> {
  for await (const records of readLogFile(files, path, { onTornTail() {} })) {
    if (records.length === 0) continue;
    throw new Error(`${path} was written by another server; only one server may use a folder`);
  }
  await files.remove(path);
}

function roundUp(bytes: number, step: number): number {
  return (Math.floor((bytes + RESERVE_MARGIN_BYTES) / step) + 1) * step;
}
