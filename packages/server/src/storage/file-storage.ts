import { join } from "node:path";
import type { Timer } from "@conclave/runtime";
import type { TxnRecord } from "../tree/txn.js";
import { formatZxid } from "../tree/zxid.js";
import { ConfigurationFiles, type ConfigurationStoreOptions } from "./configuration-files.js";
import { type DataFolders, lockDataFolders, openDataFolders, removeUnfinished } from "./data-folders.js";
import { EpochFiles } from "./epoch-files.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, snapshotsAmong } from "./file-names.js";
import { type FileStorageOptions, resolveFileStorageOptions } from "./file-storage-options.js";
import type { FolderLock } from "./folder-lock.js";
import { finishInstall, stageSnapshot } from "./install-snapshot.js";
import { type LogCursor, openLogAfter } from "./log-cursor.js";
import { purge } from "./purge.js";
import { recover } from "./recovery.js";
import type { RecoverySink } from "./recovery-sink.js";
import { keptSecret } from "./secret-file.js";
import type { SnapshotSource } from "./snapshot-source.js";
import { writeSnapshot } from "./snapshot-writer.js";
import type { Recovered, Storage, WrittenSnapshot } from "./storage.js";
import { StorageError } from "./storage-error.js";
import { truncateLog } from "./truncate-log.js";
import { TxnLog } from "./txn-log.js";

/** The parts that exist once recovery is done. */
interface Opened {
  readonly folders: DataFolders;
  readonly log: TxnLog;
  /** Last zxid on record when it was opened. */
  readonly lastZxid: bigint;
}

/** Storage in Apache ZooKeeper's file formats: Apache's servers and tools can read its files, and it reads theirs. */
export class FileStorage implements Storage {
  readonly #options: ReturnType<typeof resolveFileStorageOptions>;
  #opened: Opened | undefined;
  #lock: FolderLock | undefined;
  #needsSnapshot = false;
  #snapshot: Promise<WrittenSnapshot> | undefined;
  #purge: Promise<void> | undefined;
  #purgeTimer: Timer | undefined;
  /** True once other data replaced those that the log continues. */
  #isReplaced = false;
  #isClosed = false;

  constructor(options: FileStorageOptions) {
    this.#options = resolveFileStorageOptions(options);
  }

  get keepsDigest(): boolean {
    return this.#options.digestEnabled;
  }

  async recover(sink: RecoverySink): Promise<Recovered> {
    const { files, dataDir, dataLogDir, preAllocBytes, forceSync, meter, clock, logger } = this.#options;
    const folders = await openDataFolders(files, dataDir, dataLogDir, this.#options.autoCreateDataDir);
    await this.#takeLock(folders);
    const restored = await finishInstall(files, folders);
    if (restored !== undefined) logger.warn("replaced all data by a snapshot", { zxid: formatZxid(restored) });
    const recovered = await readable(folders, () => recover({ ...this.#options, ...folders }, sink));
    await removeUnfinished(files, folders);
    if (forceSync) await readable(folders, () => syncRecovered(files, folders));
    const onWritten = (tookMs: number): void => {
      meter.observe("fsynctime", tookMs);
      if (tookMs > this.#options.fsyncWarningThresholdMs) {
        logger.warn("slow write of the transaction log; all clients waited for it", {
          ...{ tookMs, folder: folders.logs },
        });
      }
    };
    const log = new TxnLog(
      { files, folder: folders.logs, preAllocBytes, sync: forceSync, clock, onWritten },
      recovered.lastZxid,
    );
    this.#opened = { folders, log, lastZxid: recovered.lastZxid };
    this.#needsSnapshot = recovered.fresh;
    this.#purgeRegularly();
    return recovered;
  }

  /** Before anything is read or changed: a server that works must not notice that another one was started. */
  async #takeLock(folders: DataFolders): Promise<void> {
    const { files, logger } = this.#options;
    this.#lock = await readable(folders, () =>
      lockDataFolders(files, folders, (folder) =>
        logger.warn("the file system supports no lock: a second server on this folder is not detected", { folder }),
      ),
    );
  }

  append(record: TxnRecord): void {
    // Otherwise the log would build on nothing, and the next start would be refused.
    if (this.#needsSnapshot) throw new Error("a fresh storage takes a snapshot of the initial tree first");
    if (this.#isReplaced) throw new Error("append to a storage whose data was replaced or truncated");
    this.#open().log.append(record);
  }

  flush(): Promise<void> {
    return this.#open().log.flush();
  }

  snapshot(source: SnapshotSource): Promise<WrittenSnapshot> {
    this.#snapshot ??= this.#write(source).finally(() => {
      this.#snapshot = undefined;
    });
    return this.#snapshot;
  }

  async #write(source: SnapshotSource): Promise<WrittenSnapshot> {
    const { folders, log } = this.#open();
    const { files, clock, meter, logger, snapshotCompression } = this.#options;
    log.roll();
    const startedAt = clock.now();
    try {
      const path = await writeSnapshot(files, folders.snapshots, source, snapshotCompression);
      this.#needsSnapshot = false;
      meter.observe("snapshottime", clock.now() - startedAt);
      logger.info("wrote a snapshot", { path, zxid: formatZxid(source.lastZxid) });
      return { path, zxid: source.lastZxid };
    } catch (error) {
      const message = `Cannot write a snapshot into ${folders.snapshots}: ${(error as Error).message}`;
      throw new StorageError("write-failed", message, { path: folders.snapshots, cause: error });
    }
  }

  async installSnapshot(chunks: AsyncIterable<Uint8Array>, zxid?: bigint): Promise<bigint> {
    const { folders } = this.#open();
    // Both would write under the name of an unfinished snapshot.
    await this.#snapshot?.catch(() => {});
    const installed = await stageSnapshot(this.#options.files, folders, chunks, zxid);
    this.#isReplaced = true;
    return installed;
  }

  async truncateAfter(zxid: bigint): Promise<void> {
    const { folders, log } = this.#open();
    await this.#snapshot?.catch(() => {});
    await this.#purge?.catch(() => {});
    await log.flush();
    await readable(folders, () => truncateLog(this.#options.files, folders, zxid));
    this.#isReplaced = true;
  }

  readFrom(zxid: bigint): Promise<LogCursor> {
    const { folders, log } = this.#open();
    const { files } = this.#options;
    return readable(folders, async () => {
      // A purge removes snapshots, the oldest first, before it removes logs.
      const isComplete = snapshotsAmong(await files.list(folders.snapshots)).some((snapshot) => snapshot.zxid === 0n);
      return openLogAfter(files, folders.logs, zxid, log.durableZxid, isComplete);
    });
  }

  epochs(): Promise<EpochFiles> {
    const { folders, lastZxid } = this.#open();
    return readable(folders, () => EpochFiles.open(this.#options.files, folders.snapshots, lastZxid));
  }

  configurations(options: ConfigurationStoreOptions): Promise<ConfigurationFiles> {
    const { folders } = this.#open();
    return readable(folders, () => ConfigurationFiles.open(this.#options.files, folders.snapshots, options));
  }

  secret(): Promise<Uint8Array> {
    const { folders } = this.#open();
    return readable(folders, () => keptSecret(this.#options.files, folders.snapshots));
  }

  /**
   * Removes the files that the newest `snapRetainCount` snapshots do not need. Calls during a purge join it. Rejects if
   * the disk refuses; the remaining files can still be recovered.
   */
  purge(): Promise<void> {
    this.#purge ??= this.#purgeNow().finally(() => {
      this.#purge = undefined;
    });
    return this.#purge;
  }

  async #purgeNow(): Promise<void> {
    const { files, snapRetainCount, logger } = this.#options;
    const { folders } = this.#open();
    const removed = await purge(files, folders, snapRetainCount);
    if (removed.length > 0) logger.info("removed old snapshots and logs", { count: removed.length, paths: removed });
  }

  #purgeRegularly(): void {
    const { purgeIntervalMs, clock, logger } = this.#options;
    if (purgeIntervalMs === 0 || this.#isClosed) return;
    this.purge().catch((error: unknown) => logger.error("cannot remove old snapshots and logs", { cause: error }));
    this.#purgeTimer = clock.setTimer(purgeIntervalMs, () => this.#purgeRegularly());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#purgeTimer?.cancel();
    await this.#snapshot?.catch(() => {});
    await this.#purge?.catch(() => {});
    try {
      await this.#opened?.log.close();
    } finally {
      await this.#lock?.release();
      this.#lock = undefined;
    }
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new Error("storage is used before it was recovered");
    return this.#opened;
  }
}

/**
 * Makes durable what was recovered. A killed process may have left its last write, and the names of its last files, in the
 * system's memory only: clients would see what the next loss of power undoes, or a vote would count for it.
 */
async function syncRecovered(files: FileLayer, { logs, snapshots }: DataFolders): Promise<void> {
  const last = logsAmong(await files.list(logs)).at(-1);
  if (last !== undefined) await files.syncFile(join(logs, last.name));
  for (const folder of new Set([logs, snapshots])) await files.syncFolder(folder);
}

/** Turns an error of the operating system into a {@link StorageError}. */
async function readable<T>(folders: DataFolders, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, path = folders.snapshots, message } = error as NodeJS.ErrnoException;
    if (error instanceof StorageError || code === undefined) throw error;
    throw new StorageError("access", `Cannot read the data on disk: ${message}`, { path, cause: error });
  }
}
