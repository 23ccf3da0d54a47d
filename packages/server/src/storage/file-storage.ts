import type { TxnRecord } from "../tree/txn.js";
import { type DataFolders, openDataFolders, removeUnfinished } from "./data-folders.js";
import { formatZxid } from "./file-names.js";
import { type FileStorageOptions, resolveFileStorageOptions } from "./file-storage-options.js";
import { recover } from "./recovery.js";
import type { RecoverySink } from "./recovery-sink.js";
import type { SnapshotSource } from "./snapshot-source.js";
import { writeSnapshot } from "./snapshot-writer.js";
import type { Recovered, Storage } from "./storage.js";
import { StorageError } from "./storage-error.js";
import { TxnLog } from "./txn-log.js";

/** What there is once recovery is done. */
interface Opened {
  readonly folders: DataFolders;
  readonly log: TxnLog;
}

/** Storage in Apache ZooKeeper's files: its servers and tools read what this writes, and the other way round. */
export class FileStorage implements Storage {
  readonly #options: ReturnType<typeof resolveFileStorageOptions>;
  #opened: Opened | undefined;
  #sink: RecoverySink | undefined;
  #needsSnapshot = false;
  #snapshot: Promise<void> | undefined;

  constructor(options: FileStorageOptions) {
    this.#options = resolveFileStorageOptions(options);
  }

  get keepsDigest(): boolean {
    return this.#options.digestEnabled;
  }

  async recover(sink: RecoverySink): Promise<Recovered> {
    const { dataDir, dataLogDir, preallocBytes, forceSync, trustEmptySnapshot, logger } = this.#options;
    const folders = await openDataFolders(dataDir, dataLogDir);
    const recovered = await readable(folders, () => recover({ ...folders, trustEmptySnapshot, logger }, sink));
    await removeUnfinished(folders);
    const log = new TxnLog({ folder: folders.logs, preallocBytes, sync: forceSync }, recovered.lastZxid);
    this.#opened = { folders, log };
    this.#sink = sink;
    this.#needsSnapshot = recovered.fresh;
    return recovered;
  }

  append(record: TxnRecord): void {
    // Otherwise the log would build on nothing, and the next start would be refused.
    if (this.#needsSnapshot) throw new Error("a fresh storage takes a snapshot of the initial tree first");
    const digest = record.digest ?? this.#sink?.digestAfter?.(record);
    this.#open().log.append(digest === record.digest ? record : { ...record, digest });
  }

  flush(): Promise<void> {
    return this.#open().log.flush();
  }

  snapshot(source: SnapshotSource): Promise<void> {
    this.#snapshot ??= this.#write(source).finally(() => {
      this.#snapshot = undefined;
    });
    return this.#snapshot;
  }

  async #write(source: SnapshotSource): Promise<void> {
    const { folders, log } = this.#open();
    const { logger } = this.#options;
    log.roll();
    try {
      const path = await writeSnapshot(folders.snapshots, source);
      this.#needsSnapshot = false;
      logger.info("wrote a snapshot", { path, zxid: formatZxid(source.lastZxid) });
    } catch (error) {
      const message = `Cannot write a snapshot into ${folders.snapshots}: ${(error as Error).message}`;
      throw new StorageError("write-failed", message, { path: folders.snapshots, cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#snapshot?.catch(() => {});
    await this.#opened?.log.close();
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new Error("storage is used before it was recovered");
    return this.#opened;
  }
}

/** Gives what the operating system refuses the words of a {@link StorageError}. */
async function readable<T>(folders: DataFolders, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, path = folders.snapshots, message } = error as NodeJS.ErrnoException;
    if (error instanceof StorageError || code === undefined) throw error;
    throw new StorageError("access", `Cannot read the data on disk: ${message}`, { path, cause: error });
  }
}
